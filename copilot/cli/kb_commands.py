"""kb: the knowledge base. Whoever runs these commands is its local administrator."""

import typer

from copilot.cli.kb import comparing, documents, insight, life, searching

app = typer.Typer(
    help="The knowledge base: documents, versions, review, search. archive: it is over, earlier days keep their "
    "answers; retire: it was wrong, no day is answered from it; rollback: an earlier version again.",
    no_args_is_help=True,
)
for commands in (documents, life, comparing, searching, insight):
    commands.register(app)
