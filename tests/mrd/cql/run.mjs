// Translates a CQL library and asks it of patients: node run.mjs relapse.cql < patients.json > answers.json
import { readFileSync } from "node:fs";
import { CqlTranslator, LibraryManager, ModelManager, createModelInfoProvider, stringAsSource } from "@cqframework/cql/cql-to-elm";
import cql from "cql-execution";

// The translator wants to be told the types of the language itself; these are they, by name (CQL 1.5, Appendix B).
const simple = ["Any", "Boolean", "Integer", "Long", "Decimal", "String", "Date", "DateTime", "Time"];
const composed = ["Quantity", "Ratio", "Code", "Concept", "Vocabulary", "CodeSystem", "ValueSet"];
const declared = (kind) => (name) =>
  `<typeInfo xsi:type="${kind}" name="${name}"${name === "Any" ? "" : ' baseType="System.Any"'}/>`;
const system = `<modelInfo name="System" version="1.0.0" url="urn:hl7-org:elm-types:r1" targetQualifier="system"
  xmlns="urn:hl7-org:elm-modelinfo:r1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  ${simple.map(declared("SimpleTypeInfo")).join("")}${composed.map(declared("ClassInfo")).join("")}</modelInfo>`;
const models = new ModelManager();
models.modelInfoLoader.registerModelInfoProvider(
  createModelInfoProvider((name) => (name === "System" ? stringAsSource(system) : null)),
);
const translator = CqlTranslator.fromText(readFileSync(process.argv[2], "utf8"), new LibraryManager(models));
const elm = JSON.parse(translator.toJson());
const faults = (elm.library.annotation ?? []).filter((told) => told.errorSeverity === "error");
if (faults.length) {
  console.error(faults.map((told) => `line ${told.startLine}: ${told.message}`).join("\n"));
  process.exit(1);
}
const library = new cql.Library(elm);
const patients = JSON.parse(readFileSync(0, "utf8"));
const began = performance.now();
const answers = [];
for (const { Samples, Turns, Grafts } of patients) {
  const executor = new cql.Executor(library, undefined, { Samples, Turns, Grafts });
  const found = (await executor.exec(new cql.PatientSource([]))).unfilteredResults;
  answers.push({ remission: found["In complete remission ever"], relapses: found["Relapses"] });
}
process.stdout.write(JSON.stringify({ seconds: (performance.now() - began) / 1000, answers }));
