"""Knowledge base: documents in, versions and clauses kept in SQL, search over what is in force.

Other packages use `kb.service`, `kb.models`, `kb.errors` and `kb.settings`; `kb.embed` only where objects
are built.
"""
