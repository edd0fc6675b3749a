package main

import (
	"github.com/spf13/cobra"

	"nutrigate/mapping"
)

// shownIssues is how many issues are printed.
const shownIssues = 10

// printIssues tells what could not be carried, the most frequent first.
func printIssues(c *cobra.Command, issues []mapping.Count) {
	for i, issue := range issues {
		if i == shownIssues {
			c.PrintErrf("and %d more issues; --report FILE writes them all\n", len(issues)-i)
			return
		}
		c.PrintErrf("%6d × %s: %s: %s\n", issue.Count, issue.Sort, issue.Path, issue.Reason)
	}
}
