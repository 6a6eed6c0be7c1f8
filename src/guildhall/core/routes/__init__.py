"""What a record is good for: posts and what they ask for, matches line by line, and the way to a certificate or a post."""

from __future__ import annotations

from guildhall.core.routes.forbidden import ForbiddenRequirementError
from guildhall.core.routes.match_answer import line_json, match_json, score_json, sentence
from guildhall.core.routes.matching import (
    EQUIVALENT,
    MET,
    MISSING,
    Distance,
    Line,
    Match,
    match,
    rank,
    rank_people,
)
from guildhall.core.routes.post import InvalidPostError, Post, read_post
from guildhall.core.routes.requirement import Node
from guildhall.core.routes.seen import Ground, ground

__all__ = [
    "EQUIVALENT",
    "MET",
    "MISSING",
    "Distance",
    "ForbiddenRequirementError",
    "Ground",
    "InvalidPostError",
    "Line",
    "Match",
    "Node",
    "Post",
    "ground",
    "line_json",
    "match",
    "match_json",
    "rank",
    "rank_people",
    "read_post",
    "score_json",
    "sentence",
]
