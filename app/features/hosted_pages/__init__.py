"""The pages that links in mails lead to where an app has none of its own: plain HTML."""
