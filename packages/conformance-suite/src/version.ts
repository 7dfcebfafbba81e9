/** Version of the suite, as `package.json` has it (a test compares). */
export const SUITE_VERSION = "0.1.0";
