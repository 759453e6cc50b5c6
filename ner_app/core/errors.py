"""Errors that a person may read.

Every message says what was wrong, where (file, line, column or field) and what to do about it. The screen shows it as it is, the
command line prints it on one line and exits with code 2; anything that is not a NerAppError is a bug and goes to the log.
"""


class NerAppError(Exception):
    """Base of every error that is fit to show to a user.

    >>> str(NerAppError("No split 'dev'; choose one of: train, test."))
    "No split 'dev'; choose one of: train, test."
    """


class CorpusError(NerAppError):
    """A corpus could not be found, read or understood."""


class LabelError(NerAppError):
    """A label, tag sequence or label set is not what it should be."""


class ModelError(NerAppError):
    """A checkpoint or tokenizer could not be loaded or does not fit."""


class RecipeError(NerAppError):
    """A training setting is out of range; the message starts with the name of the field."""


class QueryError(NerAppError):
    """A search is malformed or too expensive to run."""


class JobError(NerAppError):
    """A training run could not be started, stopped or resumed."""


class ReviewError(NerAppError):
    """A review decision does not fit the corpus or the store."""
