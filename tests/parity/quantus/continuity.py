"""Continuity of Quantus: continuity.json, beside this file. Its translations leave nothing to chance."""

import functools

import quantus

from robustness import scores, write

write(
    __file__,
    {
        # Of a width of 5: one position apart; two; none, where every copy is blank.
        "continuity": {
            str(steps): scores(functools.partial(quantus.Continuity, nr_steps=steps)) for steps in (10, 4, 28)
        },
    },
)
