"""The console's built pages: the files of ``frontend/dist``, served beside the API."""
