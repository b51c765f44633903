"""Conditions of published scope that several models share."""

import polars as pl

from tenfold.logic.criterion import yes_no
from tenfold.logic.decision import Guard, Input

NOT_APL_INPUT = Input("t_15_17", "t(15;17) / PML::RARA")
NOT_APL = Guard(
    yes_no("not_promyelocytic", "No PML::RARA", ~pl.col("t_15_17")),
    "acute promyelocytic leukaemia is not classified by it",
)

NO_PRIOR_HMA_INPUT = Input("prior_hma", "azacitidine or decitabine before")
NO_PRIOR_HMA = Guard(
    yes_no("no_prior_hma", "No azacitidine or decitabine before", ~pl.col("prior_hma")),
    "it does not apply after a hypomethylating agent",
)

FRONT_LINE_INPUT = Input("relapsed_or_refractory", "relapsed or refractory AML")
FRONT_LINE = Guard(
    yes_no("front_line", "Neither relapsed nor refractory", ~pl.col("relapsed_or_refractory")),
    "it was made for front-line treatment",
)

FIRST_RELAPSE_INPUT = Input("first_relapse", "in first relapse")
FIRST_RELAPSE = Guard(yes_no("first_relapse", "First relapse"), "it was made for patients in first relapse")

HMA_VENETOCLAX_INPUT = Input("hma_venetoclax", "about to start azacitidine or decitabine with venetoclax")
HMA_VENETOCLAX = Guard(
    yes_no("hma_venetoclax", "Hypomethylating agent with venetoclax is about to start"),
    "it was made for a hypomethylating agent with venetoclax",
)

GIVEN_HMA_VENETOCLAX_INPUT = Input(
    "first_line_hma_venetoclax", "the first line was azacitidine or decitabine with venetoclax"
)
GIVEN_HMA_VENETOCLAX = Guard(
    yes_no("first_line_hma_venetoclax", "The first line was a hypomethylating agent with venetoclax"),
    "it was made for a hypomethylating agent with venetoclax as the first line",
)

GIVEN_INTENSIVE_INPUT = Input("first_line_intensive", "the first line was intensive induction")
GIVEN_INTENSIVE = Guard(
    yes_no("first_line_intensive", "The first line was intensive induction"), "it was made for intensive chemotherapy"
)
