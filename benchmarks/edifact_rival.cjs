// The npm package `edifact` takes a file apart into tokens, keeping none. Its parser does not read
// a service string advice, so those are left out. Usage: node edifact_rival.cjs FILE
const fs = require("fs");
const path = require("path");
const Parser = require(path.join(process.cwd(), "node_modules", "edifact", "parser.js"));

const text = fs.readFileSync(process.argv[2], "latin1").split("UNA:+.? '").join("");
let segments = 0;
const parser = new Parser();
parser.on("opensegment", () => { segments += 1; });
const begun = process.hrtime.bigint();
parser.write(text);
parser.end();
const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
console.log(JSON.stringify({ segments, mb_per_s: text.length / 1e6 / seconds }));
