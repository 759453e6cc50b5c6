"""The built-in sample corpus: CoNLL-2003 layout, three splits of invented news, and the key to its planted errors.

`python -m ner_app.builtin.sample.generate` writes `train.txt`, `valid.txt`, `test.txt` and `planted.jsonl`
into this folder; `--check` verifies that the committed files are what the script makes. Every person, club, company and
event in them is invented; only countries and well-known cities, seas and public bodies are real. Nothing is quoted.

How it is made: `names` holds the name lists, `templates_*` the sentences of each kind of story, `lexicon` the Penn tags of the
words in them, `grammar` expands a template, `tagging` adds the chunks, `story` puts sentences into documents, `planting`
plants the sixty errors.
"""
