package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"nutrigate/gateway/config"
	"nutrigate/gateway/fault"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/file"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping"
)

// importOptions are the flags of import.
type importOptions struct{ tenant, user, zone, asOf, report string }

const importLong = `Import reads the CSV files of an export, or ZIP archives of them, into the
store in NUTRIGATE_DATA. A day is replaced as a whole by what a file says about
it: the same file again changes nothing. If anything is wrong with any file,
none of them is imported.`

func importCommand() *cobra.Command {
	var o importOptions
	c := &cobra.Command{
		Use:   "import --tenant T --user U FILE...",
		Short: "Import export files into the store",
		Long:  importLong,
		RunE:  func(c *cobra.Command, files []string) error { return runImport(c, o, files) },
	}
	f := c.Flags()
	f.StringVar(&o.tenant, "tenant", "", "whose user it is; made if new (required)")
	f.StringVar(&o.user, "user", "", "the tenant's own name for the person; made if new (required)")
	f.StringVar(&o.zone, "zone", "", "IANA zone of the diary, such as Europe/Berlin (default the user's)")
	f.StringVar(&o.asOf, "as-of", "", "day on which the files were made, YYYY-MM-DD (default today)")
	f.StringVar(&o.report, "report", "", "file for a report in JSON")
	return c
}

func runImport(c *cobra.Command, o importOptions, files []string) error {
	settings, err := o.settings()
	if err != nil {
		return err
	}
	docs, closeDocs, err := file.OnDisk(archives()...).Documents(files)
	if err != nil {
		return err
	}
	defer closeDocs() //nolint:errcheck // what was unpacked lies in the folder for temporary files
	saved, err := newReportFile(o.report)
	if err != nil {
		return err
	}
	defer saved.discard()
	st, err := openStore(c.Context(), settings)
	if err != nil {
		return err
	}
	defer st.Close()
	report, err := o.run(c.Context(), st, docs)
	if err != nil {
		return err
	}
	if err := printReport(c, report); err != nil {
		return err
	}
	return saved.save(report)
}

// settings checks the flags and reads the environment.
func (o *importOptions) settings() (config.Config, error) {
	if o.tenant == "" || o.user == "" {
		return config.Config{}, errors.New("--tenant and --user are required")
	}
	if err := checkZone(o.zone); err != nil {
		return config.Config{}, err
	}
	return config.FromEnviron(os.Environ())
}

func (o *importOptions) run(ctx context.Context, st *sqlite.Store, docs []source.Document) (ingest.Report, error) {
	u, err := st.UserByReference(ctx, o.tenant, o.user)
	isNew := fault.KindOf(err) == fault.NotFound
	if err != nil && !isNew {
		return ingest.Report{}, err
	}
	zone := cmp.Or(o.zone, u.Zone)
	asOf, err := dayOr(o.asOf, "--as-of", zone)
	if err != nil {
		return ingest.Report{}, err
	}
	options := ingest.Options{Zone: zone, AsOf: asOf}
	if isNew {
		if err := ingest.Rehearse(ctx, reader(), docs, options); err != nil {
			return ingest.Report{}, err
		}
		if u, err = userNamed(ctx, st, o.tenant, o.user, o.zone); err != nil {
			return ingest.Report{}, err
		}
	}
	bars := newProgress()
	defer bars.close()
	options.Progress = bars.files(docs)
	report, err := ingest.Run(ctx, st, reader(), u, docs, options)
	if err == nil { // files that are broken change nothing of the user either
		_, err = userNamed(ctx, st, o.tenant, o.user, o.zone)
	}
	return report, err
}

// userNamed returns the tenant's user, and makes both if need be. A zone
// becomes the user's own if the user has none yet.
func userNamed(ctx context.Context, st *sqlite.Store, tenant, reference, zone string) (store.User, error) {
	if err := st.PutTenant(ctx, tenant); err != nil {
		return store.User{}, err
	}
	u, err := st.UserByReference(ctx, tenant, reference)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return st.PutUser(ctx, store.User{Tenant: tenant, Reference: reference, Zone: zone, Active: true})
	case err != nil:
		return store.User{}, err
	case u.Zone == "" && zone != "":
		u.Zone = zone
		return st.PutUser(ctx, u)
	}
	return u, nil
}

// printReport tells what an import did, and with all files together what it
// could not carry.
func printReport(c *cobra.Command, report ingest.Report) error {
	var issues mapping.Report
	var lines strings.Builder
	for _, f := range report.Files {
		fmt.Fprintf(&lines, "%s: %s, %d days, %d rows: %s\n", f.Name, f.Kind, f.Days, f.Rows, tally(f.Tally))
		for _, i := range f.Issues {
			for range i.Count {
				issues.Add(i.Issue)
			}
		}
	}
	fmt.Fprintf(&lines, "together: %s\n", tally(report.Tally))
	printIssues(c, issues.Counts())
	_, err := io.WriteString(c.OutOrStdout(), lines.String())
	return err
}

func tally(t store.Tally) string {
	return fmt.Sprintf("%d added, %d changed, %d gone, %d unchanged", t.Added, t.Changed, t.Gone, t.Kept)
}
