"""The facets of a managed system, one a file: each call looks at the system anew, and calls this package."""
