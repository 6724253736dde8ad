/** The version in package.json; a test compares the two. Not read from there: bundlers leave that file behind. */
export const VERSION = '0.1.0';
