"""How Redshift words the failures of a load."""

from ess_plugins.sandbox.redshift.wire.messages import RefusedError, Report

_FRAME = "-----------------------------------------------"


def load_problem(message: str, detail: str, context: str, code: int = 8001) -> RefusedError:
    """An error with Redshift's framed detail; ``code`` is Redshift's own number."""
    lines = (
        _FRAME,
        f"error:  {detail}",
        f"code:      {code}",
        f"context:   {context}",
        "process:   padbmaster [pid=1]",
        _FRAME,
    )
    return RefusedError(Report(message, detail="\n  " + "\n  ".join(lines) + "\n"))


def s3_problem(message: str, status: int, code: str, context: str) -> RefusedError:
    """S3 refused."""
    told = f"S3ServiceException:{message},Status {status},Error {code}"
    return load_problem(told, told, context)


def spectrum_problem(detail: str, context: str, code: int = 15001) -> RefusedError:
    """A columnar file cannot be loaded."""
    return load_problem("Spectrum Scan Error", detail, context, code)


def table_problem(table: str) -> RefusedError:
    """Rows were refused; the log says which."""
    told = "Check 'sys_load_error_detail' system table for details."
    return RefusedError(Report(f"Load into table '{table}' failed.  {told}"))
