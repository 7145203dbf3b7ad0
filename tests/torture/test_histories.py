"""The checker of histories: good ones pass, and each way of being wrong is found. Written by hand, one letter an operation."""

from __future__ import annotations

from collections.abc import Mapping

from torture.histories import History, Look, Move, problems_of


def move(
    who: str, called: int, ended: int, made: int | None, needs: Mapping[str, str | None], puts: Mapping[str, str | None]
) -> Move:
    return Move(who=who, called_ns=called, ended_ns=ended, generation=made, needs=needs, puts=puts)


def look(who: str, called: int, ended: int, standing: Mapping[str, str], generation: int | None = None) -> Look:
    return Look(who=who, called_ns=called, ended_ns=ended, standing=standing, generation=generation)


def count(who: str, called: int, ended: int, generation: int) -> Look:
    return Look(who=who, called_ns=called, ended_ns=ended, generation=generation)


def problems(*operations: Move | Look) -> list[str]:
    return list(problems_of(History(first=7, standing={"x": "x0", "y": "y0"}, operations=operations)))


X1 = {"x": "x1", "y": "y0"}
X_FROM_0 = {"x": "x0"}


def test_nothing_is_linearizable() -> None:
    assert problems() == []


def test_one_of_two_that_replace_the_same_wins_and_disjoint_ones_both_do() -> None:
    assert (
        problems(
            move("a", 0, 10, 8, X_FROM_0, {"x": "x1"}),
            move("b", 0, 10, None, X_FROM_0, {"x": "x2"}),
            move("c", 0, 10, 9, {"y": "y0"}, {"y": "y1"}),
            look("d", 2, 4, X1, 8),
            count("e", 1, 9, 9),
        )
        == []
    )


def test_a_read_during_a_move_may_see_it_or_not_whichever_ends_first() -> None:
    wins = move("a", 0, 10, 8, X_FROM_0, {"x": "x1"})
    assert problems(wins, look("b", 1, 2, {"x": "x0", "y": "y0"}), look("c", 3, 4, X1)) == []
    (found,) = problems(wins, look("b", 3, 4, {"x": "x0", "y": "y0"}), look("c", 1, 2, X1))
    assert found.startswith("b saw generation 7")


def test_two_winners_over_the_same_base_are_found() -> None:
    (found,) = problems(move("a", 0, 5, 8, X_FROM_0, {"x": "x1"}), move("b", 0, 5, 9, X_FROM_0, {"x": "x2"}))
    assert found == "b was done as generation 9 although ['x'] had moved"


def test_two_that_made_one_generation_are_found() -> None:
    found = problems(move("a", 0, 5, 8, X_FROM_0, {"x": "x1"}), move("b", 0, 5, 8, {"y": "y0"}, {"y": "y1"}))
    assert "b and a both made generation 8" in found


def test_a_generation_that_nobody_made_is_found() -> None:
    assert problems(move("a", 0, 5, 9, X_FROM_0, {"x": "x1"})) == ["generations [9] are not those after 7"]


def test_a_refusal_without_a_conflict_is_found() -> None:
    found = problems(
        move("a", 0, 5, 8, X_FROM_0, {"x": "x1"}),
        move("b", 0, 5, None, {"y": "y0"}, {"y": "y1"}),
    )
    assert found == ["b was refused although all that it needs stood"]


def test_a_refusal_before_what_it_conflicts_with_began_is_found_by_who_comes_after() -> None:
    refused = move("b", 0, 2, None, X_FROM_0, {"x": "x2"})
    wins = move("a", 3, 5, 8, X_FROM_0, {"x": "x1"})
    (found,) = problems(refused, wins)
    assert found.startswith("a made generation 8 when a later one was over")


def test_what_was_made_from_something_that_moved_is_refused_rightly_and_done_wrongly() -> None:
    needs = {"y": "y0", "x": "x0"}  # y is made from x
    wins = move("a", 0, 2, 8, X_FROM_0, {"x": "x1"})
    assert problems(wins, move("b", 3, 5, None, needs, {"y": "y1"})) == []
    assert problems(wins, move("b", 3, 5, 9, needs, {"y": "y1"})) == [
        "b was done as generation 9 although ['x'] had moved"
    ]


def test_a_mixed_read_is_found() -> None:
    moves = move("a", 0, 9, 8, {"x": "x0", "y": "y0"}, {"x": "x1", "y": "y1"})
    assert problems(moves, look("b", 1, 2, X1)) == ["b saw what never stood (generation None)"]


def test_a_read_that_names_another_generation_than_it_shows_is_found() -> None:
    moves = move("a", 0, 9, 8, X_FROM_0, {"x": "x1"})
    assert problems(moves, look("b", 1, 2, X1, 7)) == ["b saw what never stood (generation 7)"]


def test_generations_that_go_backwards_are_found() -> None:
    moves = move("a", 0, 9, 8, X_FROM_0, {"x": "x1"})
    assert problems(moves, count("b", 1, 2, 7), count("b", 3, 4, 8)) == []
    (found,) = problems(moves, count("b", 1, 2, 8), count("b", 3, 4, 7))
    assert found == "b saw generation 7 when a later one was over: 8"


def test_a_move_that_others_saw_before_it_was_called_is_found() -> None:
    found = problems(count("b", 0, 1, 8), move("a", 2, 9, 8, X_FROM_0, {"x": "x1"}))
    assert len(found) == 1


def test_a_pointer_that_is_taken_away_is_gone_from_what_stands() -> None:
    moves = move("a", 0, 9, 8, X_FROM_0, {"x": None})
    assert problems(moves, look("b", 10, 11, {"y": "y0"}, 8)) == []
    assert problems(moves, look("b", 10, 11, X1, 8)) != []
