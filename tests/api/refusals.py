"""Which refusals of well-formed requests are meant: OpenAPI describes the form of a request, not what its words stand for."""

import schemathesis
from schemathesis.openapi.checks import IgnoredAuth, RejectedPositiveData

REFUSED_FOR_ITS_MEANING = {
    # A filter names a method, measure or setting that the run has not; a range ends before it starts.
    "USAGE",
    # The text of a spec, or a plan, speaks of data sets, methods or parameters that there are not.
    "SPEC_INVALID",
    "SPEC_UNREADABLE",
    # The bytes that were sent are not those of the hash in the path.
    "ARTIFACT_DAMAGED",
}


# Where a schema says "any JSON", a key may be called so; in JavaScript it would change what every object is made of.
REFUSED_KEY = '"__proto__"'


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # 30 requests a minute without the right token are told so by 401; who sends more is told to wait. (The response given here is the
    # one to the request with the token.)
    if isinstance(failure, IgnoredAuth):
        return "got `429 " not in failure.message
    if not isinstance(failure, RejectedPositiveData):
        return True
    error = error_of(response)
    return error["code"] not in REFUSED_FOR_ITS_MEANING and REFUSED_KEY not in error["message"]


def error_of(response):
    """What the answer says went wrong, if it has the form of our errors."""
    try:
        error = response.json()["error"]
        return {"code": error["code"], "message": error["message"]}
    except (ValueError, KeyError, TypeError):
        return {"code": "", "message": ""}
