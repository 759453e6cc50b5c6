"""The starter model: a small English NER model that ships with the app, and the scripts that build it again.

The files beside this one (`model.onnx`, `tokenizer.json`, `config.json`, ...) are the model; running it needs onnxruntime,
tokenizers and numpy. The modules (`build.py` and what it uses) need torch and onnx, and are imported by nothing else.
"""
