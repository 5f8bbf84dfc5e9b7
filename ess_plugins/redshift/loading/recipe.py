"""What decides which rows a file becomes, as one word for the ledger."""

import hashlib
import json
from dataclasses import asdict, astuple
from typing import Any

from ess_core.tables.categories.model import Category
from ess_core.tables.through import Through
from ess_plugins.redshift.copying.options import Shaping


def recipe(category: Category, through: Through | None, shaping: Shaping) -> str:
    """The same for all loads that make the same rows of a file, in 64 hexadecimal digits.

    With a command it does not depend on the table's columns, which are those of what it writes. The version
    of ess is not a part of it: a newer one is not to load all files again.
    """
    extraction = through.extraction(category) if through else category.extraction
    dialect = through.recipe.dialect if through else category.recipe.dialect
    known: dict[str, Any] = {
        "extraction": astuple(extraction),
        "dialect": dialect.as_record(),
        "columns": None if through else str(category.recipe.columns),
        "dates": category.dateregex if extraction.preprocess or through else None,  # commands are told them
        "shaping": asdict(shaping),
    }
    return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()
