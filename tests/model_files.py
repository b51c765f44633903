"""A model's file as somebody writes it by hand."""

from __future__ import annotations


def head(name: str = "mine", endpoint: str = "OS") -> str:
    """What stands before the terms."""
    return (
        f'format = "tenfold model 1"\nname = "{name}"\nedition = "1"\nquestion = "?"\ncitation = "none"\n'
        f'licence = "own"\nendpoint = "{endpoint}"\n\n'
    )


def groups(upto: str) -> str:
    """Two groups with a bound between them."""
    return f'[[groups]]\nanswer = "lower"\nupto = "{upto}"\n\n[[groups]]\nanswer = "higher"\n'


def of_one_gene(name: str, gene: str, endpoint: str = "OS") -> str:
    """A model of one gene: 0.80 points where it is mutated, two groups."""
    term = f'[[terms]]\ninput = "{gene}"\ncoding = "yes/no"\nweights = ["0.80"]\n\n'
    return head(name, endpoint) + term + groups("0.40")
