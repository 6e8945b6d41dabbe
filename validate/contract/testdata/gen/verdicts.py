"""Which rows of rows.json each schema in testdata accepts, by the tools whose formats they are in, as verdicts.json.

Run in this folder's parent after `go test -run Golden -update` has written the schemas:
    python3 gen/verdicts.py
With jsonschema 4.26.0 and frictionless 5.21.0.
"""

import json
import pathlib

import frictionless
import jsonschema

rows = json.loads(pathlib.Path("rows.json").read_text())
out = {}
for name in ("payments.schema.json", "foreign.schema.json"):
    schema = json.loads(pathlib.Path(name).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    properties = schema["properties"]
    out[name] = [checker.is_valid({k: v for k, v in row.items() if k in properties}) for row in rows]
for name in ("payments.table1.json", "payments.table2.json", "foreign.table.json"):
    descriptor = json.loads(pathlib.Path(name).read_text())
    names = [f["name"] for f in descriptor["fields"]]
    verdicts = []
    for row in rows:  # one at a time, because a primary key is about all of them
        schema = frictionless.Schema.from_descriptor(descriptor)
        data = [names, [row[n] for n in names]]
        report = frictionless.validate(frictionless.Resource(data=data, schema=schema))
        verdicts.append(report.valid)
    out[name] = verdicts
pathlib.Path("verdicts.json").write_text(json.dumps(out, indent=1) + "\n")
