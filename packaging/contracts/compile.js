// Reads a solc standard input from stdin and writes the standard output to stdout.
const solc = require(process.argv[2]);
let text = "";
process.stdin.on("data", (part) => (text += part));
process.stdin.on("end", () => process.stdout.write(solc.compile(text)));
