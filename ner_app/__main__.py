"""``python -m ner_app COMMAND``."""

from ner_app.cli import main

if __name__ == "__main__":
    main()
