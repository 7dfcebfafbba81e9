/** Major versions of Node that package.json here installs as `node<version>`, besides the one the tests run on. */
export const NODE_VERSIONS = [22, 24, 26];
