"""The rows behind jobs and who may see them, for every type that hangs below a job.

A job is seen by whoever sees the reseller it works for; customers see none.
"""

from schema.reads import Source, Visible, through

JOBS = Source(
    table="jobs",
    visible=Visible(subtree="reseller_id", customer="false"),
    permission="customers:read",
)
JOB_ROWS = Source(
    table="job_rows",
    listed="{t}.outcome IS NOT NULL",
    visible=through("job_id", JOBS),
    permission="customers:read",
    key="row_no",
    key_type="int8",
)
