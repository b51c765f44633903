"""ELN molecular state, told as patients. Levels are % of ABL1 unless said otherwise; all start in remission on day 0."""

from __future__ import annotations

import pytest
from walking import RELAPSE, REMISSION, THERAPY, TRANSPLANT, last, states, walk

from tenfold.logic.fold import NO, NONE, UNKNOWN, YES
from tenfold.mrd.molecular_memory import Kind, Reason, State

CR = (0, REMISSION)


def reasons(specs, **facts):
    return [Reason(code).name if code != NONE else None for code in walk(specs, **facts)["reason"]]


class TestConversion:
    def test_a_negative_patient_who_turns_positive_has_an_unconfirmed_relapse(self) -> None:
        assert last([CR, (10, "neg"), (40, 0.05)]) == State.RELAPSE_UNCONFIRMED

    def test_a_second_positive_sample_confirms_it_and_points_back_to_the_first(self) -> None:
        walked = walk([CR, (10, "neg"), (40, 0.05), (60, 0.04)])
        assert walked["states"][-1] == 1 << State.RELAPSE_CONFIRMED
        assert walked["relapse"][-1] == 2
        assert walked["compared_with"][-1] == 2

    def test_a_later_sample_never_rewrites_the_first(self) -> None:
        before = walk([CR, (10, "neg"), (40, 0.05)])
        after = walk([CR, (10, "neg"), (40, 0.05), (60, 0.04)])
        assert all((before[name] == after[name][:3]).all() for name in before)

    def test_a_negative_second_sample_does_not_confirm(self) -> None:
        specs = [CR, (10, "neg"), (40, 0.05), (60, "neg")]
        assert last(specs) == State.NEGATIVE
        assert reasons(specs)[-1] == "NOT_CONFIRMED"

    def test_day_28_is_in_time_and_day_29_is_late(self) -> None:
        assert reasons([CR, (10, "neg"), (40, 0.05), (68, 0.05)])[-1] == "CONFIRMED"
        assert reasons([CR, (10, "neg"), (40, 0.05), (69, 0.05)])[-1] == "CONFIRMED_LATE"

    def test_a_detectable_unquantifiable_result_is_positive_for_conversion(self) -> None:
        assert last([CR, (10, "neg"), (40, "det")]) == State.RELAPSE_UNCONFIRMED

    def test_later_positives_are_the_same_relapse(self) -> None:
        walked = walk([CR, (10, "neg"), (40, 0.05), (60, 0.04), (90, 3.0)])
        assert walked["states"][-1] == 1 << State.IN_RELAPSE
        assert list(walked["number"][2:]) == [1, 1, 1]


class TestTenfoldRise:
    def test_exactly_tenfold_over_a_low_level_counts(self) -> None:
        assert last([CR, (10, 0.05), (40, 0.5)]) == State.RELAPSE_UNCONFIRMED

    def test_just_under_tenfold_does_not(self) -> None:
        assert last([CR, (10, 0.05), (40, 0.499)]) == State.DETECTABLE

    def test_it_is_measured_from_the_lowest_level_not_from_the_last(self) -> None:
        assert last([CR, (10, 0.02), (40, 0.1), (70, 0.2)]) == State.RELAPSE_UNCONFIRMED

    def test_it_points_back_to_the_lowest_level_not_to_the_last(self) -> None:
        assert walk([CR, (10, 0.02), (40, 0.05), (70, 0.3)])["compared_with"][-1] == 1

    def test_it_is_confirmed_only_if_still_tenfold_over_the_same_level(self) -> None:
        assert last([CR, (10, 0.05), (40, 0.5), (60, 0.7)]) == State.RELAPSE_CONFIRMED
        assert last([CR, (10, 0.05), (40, 0.5), (60, 0.4)]) == State.DETECTABLE

    def test_from_two_percent_upwards_it_is_progression_and_no_eln_relapse(self) -> None:
        assert last([CR, (10, 2.0), (40, 20.0)]) == State.PROGRESSION
        assert last([CR, (10, 1.99), (40, 19.9)]) == State.RELAPSE_UNCONFIRMED

    def test_a_marker_without_a_low_level_rule_progresses(self) -> None:
        assert last([CR, (10, 0.05), (40, 5.0)], rule=NO) == State.PROGRESSION

    def test_a_rise_from_below_quantification_is_certain_when_even_its_upper_bound_is_exceeded(self) -> None:
        assert last([CR, (10, "det"), (40, 5.0)]) == State.RELAPSE_UNCONFIRMED

    def test_and_only_possible_when_the_upper_bound_is_not(self) -> None:
        assert last([CR, (10, "det"), (40, 0.1)]) == {State.DETECTABLE, State.RELAPSE_UNCONFIRMED}

    def test_levels_on_different_scales_are_not_compared(self) -> None:
        possible = last([CR, (10, 0.05), (40, ("dx", 5.0))])
        assert possible == {State.DETECTABLE, State.RELAPSE_UNCONFIRMED, State.PROGRESSION}

    def test_on_the_scale_of_the_diagnostic_level_the_two_percent_are_not_known(self) -> None:
        assert last([CR, (10, ("dx", 0.01)), (40, ("dx", 0.2))]) == {State.RELAPSE_UNCONFIRMED, State.PROGRESSION}


class TestEpochs:
    def test_negativity_in_the_first_remission_is_not_negativity_in_the_second(self) -> None:
        specs = [CR, (10, "neg"), (200, RELAPSE), (260, REMISSION), (270, 0.5)]
        assert last(specs) == State.DETECTABLE
        assert reasons(specs)[-1] == "FIRST_POSITIVE"

    def test_the_lowest_level_of_the_first_remission_is_forgotten_too(self) -> None:
        assert last([CR, (10, 0.01), (200, RELAPSE), (260, REMISSION), (270, 0.5)]) == State.DETECTABLE

    def test_after_an_allogeneic_transplant_comparison_starts_anew(self) -> None:
        assert last([CR, (10, "neg"), (100, TRANSPLANT), (130, 0.01)]) == State.DETECTABLE

    def test_a_remission_documented_again_is_the_same_remission(self) -> None:
        assert last([CR, (10, "neg"), (50, REMISSION), (60, 0.01)]) == State.RELAPSE_UNCONFIRMED

    def test_samples_in_overt_relapse_are_outside_remission(self) -> None:
        assert last([CR, (10, "neg"), (50, RELAPSE), (60, 40.0)]) == State.OUTSIDE_REMISSION

    def test_a_second_document_of_the_relapse_does_not_erase_what_it_superseded(self) -> None:
        assert last([CR, (10, "neg"), (40, 4.0), (68, RELAPSE), (70, RELAPSE)]) == State.RELAPSE_SUPERSEDED
        assert last([CR, (10, "neg"), (40, 4.0), (50, THERAPY), (68, RELAPSE)]) == State.RELAPSE_SUPERSEDED

    def test_haematological_relapse_before_the_second_sample_supersedes(self) -> None:
        walked = walk([CR, (10, "neg"), (40, 4.0), (68, RELAPSE)])
        assert walked["states"][-1] == 1 << State.RELAPSE_SUPERSEDED
        assert walked["relapse"][-1] == 2

    def test_what_may_be_a_new_remission_points_to_no_relapse_of_the_one_before(self) -> None:
        """Outside remission it would still be the relapse that was superseded; in a new one, none."""
        walked = walk([CR, (10, "neg"), (40, 0.05), (68, RELAPSE), (75, THERAPY), (120, 0.5)])
        assert walked["states"][-1] == 1 << State.OUTSIDE_REMISSION | 1 << State.DETECTABLE
        assert list(walked["relapse"][3:]) == [2, 2, NONE]
        assert list(walked["number"][3:]) == [1, 1, NONE]


class TestTreatment:
    def test_treatment_before_the_second_sample_leaves_the_relapse_unconfirmed(self) -> None:
        specs = [CR, (10, "neg"), (40, 0.5), (46, THERAPY)]
        assert last(specs) == State.RELAPSE_UNCONFIRMED_TREATED
        assert reasons(specs)[-1] == "TREATMENT_BEFORE_CONFIRMATION"

    def test_a_negative_sample_after_that_is_a_response_not_a_refutation(self) -> None:
        specs = [CR, (10, "neg"), (40, 0.5), (46, THERAPY), (70, "neg")]
        assert last(specs) == State.NEGATIVE
        assert reasons(specs)[-1] == "NEGATIVE"

    def test_a_second_relapse_by_conversion_is_number_two(self) -> None:
        specs = [CR, (10, "neg"), (40, 0.5), (60, 0.6), (62, THERAPY), (90, "neg"), (150, 0.01), (170, 0.02)]
        walked = walk(specs)
        assert walked["states"][-1] == 1 << State.RELAPSE_CONFIRMED
        assert (walked["number"][-1], walked["relapse"][-1]) == (2, 6)

    @pytest.mark.parametrize("ended_by", [[THERAPY], [TRANSPLANT], [RELAPSE, REMISSION]])
    def test_a_relapse_that_ended_before_it_was_confirmed_is_counted(self, ended_by: list[Kind]) -> None:
        ends = [(46 + k, kind) for k, kind in enumerate(ended_by)]
        specs = [CR, (10, "neg"), (40, 0.5), *ends, (70, "neg"), (150, 0.01), (170, 0.02)]
        assert walk(specs)["number"][-1] == 2

    def test_a_second_relapse_after_a_reduction_counts_whatever_the_level(self) -> None:
        specs = [CR, (10, "neg"), (40, 40.0), (60, 41.0), (62, THERAPY), (90, 3.0), (150, 30.0), (160, 31.0)]
        assert states(specs)[5] == {State.DETECTABLE}
        assert states(specs)[6] == {State.RELAPSE_UNCONFIRMED}
        assert states(specs)[7] == {State.RELAPSE_CONFIRMED}

    def test_a_fall_is_not_told_from_levels_on_different_scales(self) -> None:
        relapse_in_treatment = [CR, (10, "neg"), (40, 0.5), (60, 0.6), (62, THERAPY)]
        assert last([*relapse_in_treatment, (90, 0.05)]) == State.DETECTABLE
        assert last([*relapse_in_treatment, (90, ("dx", 0.05))]) == {State.IN_RELAPSE, State.DETECTABLE}

    def test_another_line_of_treatment_after_the_response_hides_no_second_relapse(self) -> None:
        relapse_and_response = [CR, (10, "neg"), (40, 0.5), (60, 1.0), (62, THERAPY), (90, 0.05)]
        specs = [*relapse_and_response, (110, THERAPY), (140, 0.9)]
        assert states(specs)[6] == {State.DETECTABLE}
        assert states(specs)[7] == {State.RELAPSE_UNCONFIRMED}
        assert reasons(specs)[7] == "TENFOLD_RISE_AFTER_RESPONSE"

    def test_a_refuted_second_suspicion_leaves_the_treated_epoch_as_it_was(self) -> None:
        specs = [CR, (10, 0.1), (40, 40.0), (60, 50.0), (65, THERAPY), (90, 3.0), (120, 35.0), (140, 20.0), (170, 40.0)]
        specs = [specs[0], (5, "neg"), *specs[1:]]
        assert last(specs) == State.RELAPSE_UNCONFIRMED
        assert last([*specs, (180, 45.0)]) == State.RELAPSE_CONFIRMED

    def test_without_a_response_a_rise_is_no_second_relapse(self) -> None:
        specs = [CR, (10, "neg"), (40, 1.0), (60, 1.0), (62, THERAPY), (90, 0.5), (150, 40.0)]
        assert last(specs) == State.IN_RELAPSE

    def test_where_treatments_are_not_recorded_confirmation_is_not_certain(self) -> None:
        possible = last([CR, (10, "neg"), (40, 0.5), (60, 0.6)], treatments=NO)
        treated, transplanted = State.RELAPSE_UNCONFIRMED_TREATED, State.DETECTABLE
        assert possible == {State.RELAPSE_CONFIRMED, treated, transplanted}


class TestWhatIsNotKnown:
    def test_an_inadequate_sample_is_skipped_and_says_so(self) -> None:
        specs = [CR, (10, "neg"), (40, "inadequate"), (60, 0.01)]
        assert states(specs)[2] == {State.NEGATIVE}
        assert reasons(specs)[2] == "INADEQUATE"
        assert last(specs) == State.RELAPSE_UNCONFIRMED

    def test_an_unknown_call_widens_until_the_states_no_longer_depend_on_it(self) -> None:
        possible = states([CR, (10, 0.05), (40, "unknown"), (70, 0.06), (90, "neg"), (120, 0.05)])
        assert len(possible[2]) > 1
        assert possible[3] >= {State.DETECTABLE, State.RELAPSE_UNCONFIRMED}
        assert possible[4] == {State.NEGATIVE}
        assert possible[5] == {State.RELAPSE_UNCONFIRMED}

    def test_without_a_documented_remission_it_is_a_relapse_if_in_remission(self) -> None:
        begun_since = State.DETECTABLE
        assert last([(10, "neg"), (40, 0.05)]) == {State.OUTSIDE_REMISSION, State.RELAPSE_UNCONFIRMED, begun_since}

    def test_after_a_relapse_was_treated_a_second_remission_may_have_followed_undocumented(self) -> None:
        possible = last([CR, (10, "neg"), (190, RELAPSE), (195, THERAPY), (300, "neg")])
        assert possible == {State.OUTSIDE_REMISSION, State.NEGATIVE}

    @pytest.mark.parametrize("known", [{"treatments": YES, "responses": NO}, {"treatments": NO, "responses": YES}])
    def test_and_wherever_treatments_or_responses_are_not_recorded(self, known: dict[str, int]) -> None:
        after_relapse = [CR, (10, "neg"), (190, RELAPSE), (300, "neg")]
        assert last(after_relapse) == State.OUTSIDE_REMISSION
        assert last(after_relapse, **known) == {State.OUTSIDE_REMISSION, State.NEGATIVE}

    def test_a_negative_of_unknown_adequacy_is_negative_or_not_there(self) -> None:
        assert last([CR, (10, "neg?")]) == {State.NOT_SAMPLED, State.NEGATIVE}

    def test_a_relapse_after_it_is_only_possible(self) -> None:
        assert last([CR, (10, "neg?"), (40, 0.05)]) == {State.DETECTABLE, State.RELAPSE_UNCONFIRMED}

    def test_where_earlier_samples_may_be_missing_a_first_positive_may_be_a_relapse(self) -> None:
        possible = last([CR, (10, 0.05)], history=UNKNOWN)
        assert possible == {State.DETECTABLE, State.RELAPSE_UNCONFIRMED, State.PROGRESSION}

    def test_a_sample_that_may_be_missing_before_the_second_leaves_the_relapse_confirmed_or_new(self) -> None:
        specs = [CR, (10, "neg"), (40, 0.05), (60, 0.06)]
        assert last(specs, history=NO) == {State.RELAPSE_CONFIRMED, State.RELAPSE_UNCONFIRMED}

    def test_what_is_open_is_named(self) -> None:
        walked = walk([CR, (10, "neg?"), (40, 0.05)])
        assert walked["since"][-1] == 1


class TestTiongsWaiver:
    def test_from_one_percent_of_diagnosis_no_second_sample_is_needed(self) -> None:
        assert last([CR, (10, "neg"), (40, ("dx", 1.0))], edition="TIONG-2021") == State.RELAPSE_CONFIRMED
        assert last([CR, (10, "neg"), (40, ("dx", 0.99))], edition="TIONG-2021") == State.RELAPSE_UNCONFIRMED
