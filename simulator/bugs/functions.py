"""Functions of the database, planted with another text: the mistake, and nothing else of the function."""


def rewritten(function: str, instead: dict[str, str]) -> str:
    """A statement that puts each of these texts of a function into the place of another, keeping rights and settings.

    It fails when one of them is not there: a bug must not be planted in the air.
    """
    changes = "\n".join(
        f"if position($old${old}$old$ in v_text) = 0 then raise exception '{function} has another text'; end if;\n"
        f"v_text := replace(v_text, $old${old}$old$, $new${new}$new$);"
        for old, new in instead.items()
    )
    return f"""do $planting$
declare v_text text := pg_get_functiondef('public.{function}'::regproc);
begin
{changes}
execute v_text;
end $planting$"""
