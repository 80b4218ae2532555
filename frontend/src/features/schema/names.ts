/** What collections and fields may be called. */
export const NAME = /^[a-z][a-z0-9_]{0,47}$/;
