"""From a report's file to its sections, form cells, facts and findings."""
