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
from guildhall.core.routes.offers import InvalidOffersError, Offers, read_offers
from guildhall.core.routes.opening import Certified, Opened, opened, opened_json
from guildhall.core.routes.post import InvalidPostError, Post, read_post
from guildhall.core.routes.requirement import Node
from guildhall.core.routes.route_answer import route_json, step_sentence
from guildhall.core.routes.routing import (
    CHEAPEST,
    SHORTEST,
    Goal,
    NoWayError,
    Route,
    RouteTooLargeError,
    Step,
    route,
    to_certificate,
    to_post,
)
from guildhall.core.routes.seen import Ground, ground
from guildhall.core.routes.studying import converting

__all__ = [
    "CHEAPEST",
    "EQUIVALENT",
    "MET",
    "MISSING",
    "SHORTEST",
    "Certified",
    "Distance",
    "ForbiddenRequirementError",
    "Goal",
    "Ground",
    "InvalidOffersError",
    "InvalidPostError",
    "Line",
    "Match",
    "NoWayError",
    "Node",
    "Offers",
    "Opened",
    "Post",
    "Route",
    "RouteTooLargeError",
    "Step",
    "converting",
    "ground",
    "line_json",
    "match",
    "match_json",
    "opened",
    "opened_json",
    "rank",
    "rank_people",
    "read_offers",
    "read_post",
    "route",
    "route_json",
    "score_json",
    "sentence",
    "step_sentence",
    "to_certificate",
    "to_post",
]
