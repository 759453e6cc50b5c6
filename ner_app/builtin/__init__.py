"""What comes with the app: data and models, each with its card and the script that makes it.

Here are only the places; the scripts inside need more than the app does, and the app imports none of them.
"""

from pathlib import Path

SAMPLE = Path(__file__).parent / "sample"
STARTER = Path(__file__).parent / "starter"
