const LAST_LINE_BREAKS = /[\r\n\u0085\u2028\u2029]+$/;
const LINE_BREAKS = /[\r\n\u0085\u2028\u2029]+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose.
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * What another machine sent, as one line that a terminal can show: what would steer the terminal stands there escaped,
 * so that it is seen.
 */
export function printable(text: string): string {
  return text.replace(LAST_LINE_BREAKS, "").replace(LINE_BREAKS, " ").replace(CONTROLS, escaped);
}

function escaped(control: string): string {
  const code = control.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
}
