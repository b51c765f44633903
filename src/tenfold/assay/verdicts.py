"""Verdicts on a laboratory run: each well, each standard curve, each sample and the run, with the rule that decided.

Traps: a negative on too little control gene is not evaluable, never negative; one positive replicate of three is not
positive; a signal without template fails the whole run; whoever has not read a control does not know, and the verdict
stays open.

Europe Against Cancer practice (Gabert et al., Leukemia 2003;17:2318-2357); ELN 2021 (Heuser et al., Blood
2021;138:2753-2767). The thresholds stand in assay.toml; the criteria here say on which side of them a run fell.
"""

from typing import TypedDict

from tenfold.logic.criterion import Criterion, yes_no
from tenfold.logic.decision import Decision, Input, Rule, otherwise
from tenfold.vocabulary import AssayResult, Verdict

PRACTICE = "Europe Against Cancer practice (Gabert et al., Leukemia 2003;17:2318-2357)"
ELN = "Heuser et al., Blood 2021;138:2753-2767"
EDITION = "Europe Against Cancer"


class _Facts(TypedDict):
    inputs: tuple[Input, ...]
    criteria: tuple[Criterion, ...]


def _facts(citation: str, **wordings: str) -> _Facts:
    """Yes/no facts as the inputs and criteria of a decision."""
    return _Facts(
        inputs=tuple(Input(name, wording) for name, wording in wordings.items()),
        criteria=tuple(yes_no(name, wording, citation=citation) for name, wording in wordings.items()),
    )


WELL = Decision(
    name="EAC-well",
    edition=EDITION,
    question="Does this well count?",
    citation=PRACTICE,
    **_facts(
        PRACTICE,
        well_read="The file tells what the well gave",
        left_out="Left out by the operator",
        signal_without_template="Amplified without template",
        disagrees="Disagrees with the other replicates and is left out",
        empty_standard="A standard that did not amplify",
    ),
    rules=(
        Rule(Verdict.REPEAT, lambda m: m.signal_without_template, "signal in a well without template"),
        Rule(Verdict.REMARK, lambda m: m.left_out, "the operator left the well out"),
        Rule(Verdict.REPEAT, lambda m: ~m.well_read, "the file does not tell what the well gave"),
        Rule(Verdict.REMARK, lambda m: m.disagrees, "left out: it disagrees with the other replicates"),
        Rule(Verdict.REMARK, lambda m: m.empty_standard, "a standard that did not amplify"),
        Rule(Verdict.ACCEPTED, otherwise, "the well counts"),
    ),
)

CURVE = Decision(
    name="EAC-standard-curve",
    edition=EDITION,
    question="Is the standard curve accepted?",
    citation=PRACTICE,
    **_facts(
        PRACTICE,
        curve_fitted="A line could be drawn through the standards, or is stored",
        enough_levels="Enough levels of standard amplified",
        slope_accepted="The slope lies in the accepted range",
        fit_accepted="R2 lies above the accepted limit",
        fit_good="R2 needs no remark",
        all_standards="Every standard amplified",
        stored_curve="The curve is stored from an earlier run",
    ),
    rules=(
        Rule(Verdict.REPEAT, lambda m: ~m.curve_fitted, "no line can be drawn through the standards"),
        Rule(Verdict.REPEAT, lambda m: ~m.slope_accepted, "the slope lies outside the accepted range"),
        Rule(
            Verdict.REMARK, lambda m: m.stored_curve, "a stored curve: no standard of this run stands behind the copies"
        ),
        Rule(Verdict.REPEAT, lambda m: ~m.enough_levels, "too few levels of standard amplified"),
        Rule(Verdict.REPEAT, lambda m: ~m.fit_accepted, "the standards do not lie on a line (R2)"),
        Rule(Verdict.REMARK, lambda m: ~m.fit_good, "R2 is accepted, but low"),
        Rule(Verdict.REMARK, lambda m: ~m.all_standards, "a standard did not amplify"),
        Rule(Verdict.ACCEPTED, otherwise, "slope and R2 are accepted"),
    ),
)

RESULT = Decision(
    name="EAC-result",
    edition=EDITION,
    question="What does the sample show?",
    citation=f"{PRACTICE}; {ELN}",
    **_facts(
        PRACTICE,
        target_positive="Enough replicates of the target are positive",
        target_concordant="The replicates of the target agree",
        target_readable="The target's curve, or its partitions, may be read",
        quantifiable="At least the lowest quantity that can be measured",
        control_readable="The control gene amplified, agrees and may be read",
        control_enough="Enough copies of the control gene for a negative",
    ),
    rules=(
        Rule(
            AssayResult.UNQUANTIFIED,
            lambda m: m.target_positive & ~(m.target_concordant & m.target_readable),
            "positive, but no quantity can be read",
            PRACTICE,
        ),
        Rule(
            AssayResult.BELOW_QUANTIFICATION,
            lambda m: m.target_positive & ~m.quantifiable & m.control_readable,
            "positive, with fewer copies than can be measured",
            PRACTICE,
        ),
        Rule(
            AssayResult.QUANTIFIED,
            lambda m: m.target_positive & m.control_readable,
            "positive, and measured against the control gene",
            PRACTICE,
        ),
        Rule(
            AssayResult.UNQUANTIFIED,
            lambda m: m.target_positive,
            "positive, but the control gene cannot be read",
            PRACTICE,
        ),
        Rule(
            AssayResult.NOT_EVALUABLE,
            lambda m: ~(m.target_concordant & m.target_readable),
            "not positive, but the replicates or the curve of the target cannot be trusted",
            PRACTICE,
        ),
        Rule(
            AssayResult.NOT_DETECTED,
            lambda m: m.control_readable & m.control_enough,
            "not positive, on enough control gene",
            ELN,
        ),
        Rule(
            AssayResult.NOT_EVALUABLE,
            otherwise,
            "not positive, but too little control gene to call it negative",
            ELN,
        ),
    ),
)

RUN = Decision(
    name="EAC-run",
    edition=EDITION,
    question="Is the run accepted?",
    citation=PRACTICE,
    **_facts(
        PRACTICE,
        no_template_clean="No signal in the wells without template",
        curves_accepted="Every standard curve is accepted",
        controls_in_range="Every control material lies in its range",
        run_remarked="A curve or a well is remarked upon",
    ),
    rules=(
        Rule(Verdict.REPEAT, lambda m: ~m.no_template_clean, "signal in a well without template"),
        Rule(Verdict.REPEAT, lambda m: ~m.curves_accepted, "a standard curve is not accepted"),
        Rule(
            Verdict.REPEAT, lambda m: ~m.controls_in_range, "a control material gave no level, or one outside its range"
        ),
        Rule(Verdict.REMARK, lambda m: m.run_remarked, "accepted, with remarks on a curve or a well"),
        Rule(
            Verdict.ACCEPTED,
            otherwise,
            "blanks and curves are as they should be, and no control material is out of its range",
        ),
    ),
)

SAMPLE = Decision(
    name="EAC-sample",
    edition=EDITION,
    question="May the sample's result be signed?",
    citation=f"{PRACTICE}; {ELN}",
    **_facts(
        PRACTICE,
        run_accepted="The run is accepted",
        result_reached="The sample gave a result",
        one_replicate_positive="A replicate is positive, too few to call the sample positive",
        replicate_left_out="A replicate was left out, is missing or could not be read",
        little_control="Positive on less control gene than a negative needs",
        poor_rna="So little control gene that the RNA is poor",
        beyond_standards="Copies beyond the lowest or the highest standard",
        target_remarked="The standard curve is remarked upon",
    ),
    rules=(
        Rule(Verdict.REPEAT, lambda m: ~m.run_accepted, "the run is not accepted"),
        Rule(Verdict.REPEAT, lambda m: ~m.result_reached, "no result was reached"),
        Rule(Verdict.REMARK, lambda m: m.one_replicate_positive, "a replicate is positive: a repeat is advised"),
        Rule(Verdict.REMARK, lambda m: m.poor_rna, "poor RNA: the quantity is unreliable"),
        Rule(Verdict.REMARK, lambda m: m.little_control, "little control gene: the quantity is unreliable"),
        Rule(
            Verdict.REMARK, lambda m: m.replicate_left_out, "a replicate was left out, is missing or could not be read"
        ),
        Rule(Verdict.REMARK, lambda m: m.beyond_standards, "beyond the standards: the quantity is extrapolated"),
        Rule(Verdict.REMARK, lambda m: m.target_remarked, "the standard curve is accepted with a remark"),
        Rule(Verdict.ACCEPTED, otherwise, "the result may be signed"),
    ),
)

QUESTIONS = (WELL, CURVE, RESULT, RUN, SAMPLE)
