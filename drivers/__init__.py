"""What is: endpoints give hosts, and hosts have facets; one folder for each family of hypervisors."""
