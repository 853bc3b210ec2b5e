"""The program that opens files of unknown makers, in a process of its own that may be killed at any time.

It runs as `python -m child` from the folder above and imports itself by relative names only: through its full name it
would pull in `crm_project/__init__.py`, which loads Celery, Django and the settings with the bank's secrets, and costs
half a second per file. `crm_project.workflow.inspect.runner` starts it; nothing else runs it.
"""
