// actledger-issuer: the vendor's side: keys and certificates, licences out of requests, revocations, re-endorsements.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "tools/issuer/certify.hpp"
#include "tools/issuer/issue.hpp"
#include "tools/issuer/new_file.hpp"
#include "tools/issuer/reendorse.hpp"
#include "tools/issuer/revoke.hpp"
#include "tools/issuer/rotate.hpp"
#include "tools/issuer/show.hpp"
#include "tools/terminal/command_line.hpp"
#include "tools/terminal/terminal.hpp"

namespace {

using ledger::Result;

constexpr const char* program_name = "actledger-issuer";
constexpr std::size_t root_file_bytes_max = 64 * 1024;

constexpr const char* examples = R"(Examples:
  actledger-issuer --folder vendor root --name "Example Vendor Root"
  actledger-issuer --folder vendor certificate --purpose license-issuer
  actledger-issuer --folder vendor issue server.req --out customer.lic
  actledger-issuer --folder vendor issue server.req --quantity 500 --valid-to 2027-12-31 \
      --lease days --days 30 --renew-after 15 --grace 7 --out customer.lic
  actledger-issuer --folder vendor revoke --license LIC-20260301-abcdefgh --reason "replaced"
  actledger-issuer --folder vendor reendorse server.req --server <server id> --out customer.ree
  actledger-issuer --folder vendor rotate next.req --server <server id> --out next.crt
  actledger-issuer --folder vendor reendorse lost.req --server <server id> --lost-log \
      --open LIC-20260301-abcdefgh=40 --out customer.ree
  actledger-issuer show customer.lic --root vendor/root.crt --json

Repeating a command with the same arguments is safe: what exists is kept, and nothing is ever overwritten.
Exit codes: 0 done, 2 wrong command line, 3 a file is not well formed, 4 not genuine, 5 refused, 6 not found.)";

struct Options {
    std::filesystem::path folder = ".";
    std::filesystem::path passphrase_file;
    std::string language;
    issuer::RootOptions root;
    std::string purpose = "license-issuer";
    issuer::CertificateOptions certificate;
    issuer::IssueOptions issue;
    issuer::RevokeOptions revoke;
    issuer::ReendorseOptions reendorse;
    issuer::RotateOptions rotate;
    bool again = false;
    bool lost_log = false;
    issuer::LiveLicenseOptions live;
    bool not_in_record = false;
    std::filesystem::path shown_file;
    std::filesystem::path shown_root;
    bool json = false;
};

void add_root(CLI::App& app, Options& options) {
    auto* root = app.add_subcommand("root", "Make the vendor's root key and certificate");
    root->add_option("--name", options.root.name, "Common name, for people")->required();
    root->add_option("--valid-days", options.root.days, "Days from now; without it the root has no end")
        ->check(CLI::Range(1U, 100'000U));
}

void add_certificate(CLI::App& app, Options& options) {
    auto* certificate = app.add_subcommand("certificate", "Make a key and a certificate for one purpose");
    certificate->add_option("--purpose", options.purpose, "What it may sign")
        ->required()
        ->check(CLI::IsMember({"license-issuer", "package-signer", "recovery-signer"}));
    certificate->add_option("--as", options.certificate.as, "File name without ending [the purpose]");
    certificate->add_option("--name", options.certificate.name, "Common name [the file name]");
    certificate
        ->add_option("--valid-days", options.certificate.days,
                     "Days from now; without it no end. Licences are judged at their issue time, so an expired issuer "
                     "never harms a customer")
        ->check(CLI::Range(1U, 100'000U));
}

void add_issue(CLI::App& app, Options& options) {
    auto* issue = app.add_subcommand("issue", "Make a licence (.lic) out of a request (.req)");
    issue->add_option("REQUEST", options.issue.request, "What `actledger license request` wrote")->required();
    issue->add_option("--product", options.issue.product, "[what the request asks for]");
    issue->add_option("--quantity", options.issue.quantity, "Seats [what the request asks for]");
    issue->add_option("--valid-from", options.issue.valid_from, "YYYY-MM-DD or RFC 3339, UTC [today]");
    issue->add_option("--valid-to", options.issue.valid_to, "The same, exclusive [no end]");
    issue->add_option("--lease", options.issue.lease, "perpetual, or days: seats are renewed")
        ->check(CLI::IsMember({"perpetual", "days"}))
        ->capture_default_str();
    issue->add_option("--days", options.issue.days, "Length of a lease")->capture_default_str();
    issue->add_option("--renew-after", options.issue.renew_after, "Days after which clients renew [half of --days]");
    issue->add_option("--grace", options.issue.grace, "Days that a seat is kept after its lease")
        ->capture_default_str();
    issue->add_option("--component", options.issue.components,
                      "What identifies a device; once a kind [smbios_uuid machine_id mac disk_serial board_serial]");
    issue->add_option("--match", options.issue.match, "How many of the components must agree")->capture_default_str();
    issue->add_option("--supersedes", options.issue.supersedes, "Id of a licence that this one replaces");
    issue->add_option("--id", options.issue.id, "Licence id [a new one]");
    issue->add_option("--issuer", options.issue.issuer, "Which certificate signs")->capture_default_str();
    issue->add_option("--out", options.issue.out, "[the id, with .lic]");
}

void add_revoke(CLI::App& app, Options& options) {
    auto* revoke = app.add_subcommand("revoke", "Take back licences or certificates (.rev)");
    revoke->add_option("--license", options.revoke.license_ids, "Licence id");
    revoke->add_option("--certificate", options.revoke.certificates, "Certificate file, or its SHA-256 in hex");
    revoke->add_option("--server", options.revoke.server_id, "Only for this server id [every one]");
    revoke->add_option("--reason", options.revoke.reason, "For people");
    revoke->add_option("--id", options.revoke.id, "Revocation id [a new one]");
    revoke->add_option("--issuer", options.revoke.issuer, "Which certificate signs")->capture_default_str();
    revoke->add_option("--out", options.revoke.out, "[the id, with .rev]");
    revoke->add_flag("--not-in-record", options.not_in_record, "Also licences that this folder has no copy of");
}

void add_reendorse(CLI::App& app, Options& options) {
    auto* reendorse = app.add_subcommand(
        "reendorse", "A server's card is lost: hand its ledger over to the key that made the request (.ree)");
    reendorse
        ->add_option("REQUEST", options.reendorse.request,
                     "What `actledger hsm replace --request` or `actledger recover --request` wrote")
        ->required();
    reendorse
        ->add_option("--server", options.reendorse.server_id,
                     "The server id as you know it, not as the file says: whoever gets this takes the server over")
        ->required();
    reendorse->add_option("--id", options.reendorse.id, "Re-endorsement id [a new one]");
    reendorse->add_option("--issuer", options.reendorse.issuer, "Which certificate signs")->capture_default_str();
    reendorse->add_option("--out", options.reendorse.out, "[the id, with .ree]");
    reendorse->add_flag("--again", options.again, "Although another key was re-endorsed for the same lost one");
    auto* lost_log = reendorse->add_flag("--lost-log", options.lost_log,
                                         "The log is lost with the key, and there is no copy: vouch for the licences "
                                         "that are live, so that the server begins a new log with them");
    reendorse
        ->add_option("--license", options.live.license_ids,
                     "Licence id, with --lost-log; may be repeated [all of this server's that are live]")
        ->needs(lost_log);
    reendorse
        ->add_option("--leave-out", options.live.left_out,
                     "Licence id, with --lost-log; may be repeated: a live licence that is not vouched for, and can "
                     "never be imported again")
        ->needs(lost_log);
    reendorse
        ->add_option("--open", options.live.open,
                     "LICENCE=SEATS, with --lost-log: so many seats are certainly nobody's; all others count as given "
                     "until their desktops come [0]")
        ->needs(lost_log);
}

void add_rotate(CLI::App& app, Options& options) {
    auto* rotate =
        app.add_subcommand("rotate", "A server's key hands over to the next one: make the certificate of that (PEM)");
    rotate->add_option("REQUEST", options.rotate.request, "What `actledger hsm rotate --request` wrote")->required();
    rotate->add_option("--server", options.rotate.server_id, "The server id as you know it, not as the file says")
        ->required();
    rotate->add_option("--out", options.rotate.out, "The certificate file, for the customer")->required();
    rotate->add_flag("--again", options.again, "Although another key was let take over from the same one");
}

void add_show(CLI::App& app, Options& options) {
    auto* show = app.add_subcommand("show", "Print a .lic, .req, .rev, .ree or certificate, and judge it");
    show->add_option("FILE", options.shown_file)->required();
    show->add_option("--root", options.shown_root, "The root to judge by [root.crt of --folder, if there]");
    show->add_flag("--json", options.json, "For programs");
}

/// Reads nothing but the file and the root: no folder is made and nothing is locked.
Result<void> run_show(const Options& options, ledger::Language language) {
    std::filesystem::path file = options.shown_root;
    std::error_code failed;
    if (file.empty() && std::filesystem::exists(options.folder / "root.crt", failed))
        file = options.folder / "root.crt";
    std::optional<ledger::Certificate> root;
    if (!file.empty()) {
        ACTLEDGER_TRY(const std::string pem, issuer::read_file(file, root_file_bytes_max));
        ACTLEDGER_TRY(root, ledger::Certificate::from_pem(pem));
    }
    return issuer::show(options.shown_file, root, options.json ? issuer::ShowAs::json : issuer::ShowAs::text, language);
}

Result<void> run(const CLI::App& app, Options& options, ledger::Language language) {
    if (app.got_subcommand("show")) return run_show(options, language);
    const bool making_root = app.got_subcommand("root");
    ACTLEDGER_TRY(auto folder,
                  issuer::VendorFolder::open(options.folder, options.passphrase_file, language,
                                             making_root ? issuer::Missing::make : issuer::Missing::refuse));
    if (making_root) return issuer::make_root(options.root, folder);
    if (app.got_subcommand("certificate")) {
        for (const ledger::Purpose purpose : ledger::all_purposes) {
            if (options.purpose == ledger::purpose_name(purpose)) options.certificate.purpose = purpose;
        }
        return issuer::make_certificate(options.certificate, folder);
    }
    if (app.got_subcommand("issue")) return issuer::issue_license(options.issue, folder);
    if (app.got_subcommand("reendorse")) {
        if (options.lost_log) options.reendorse.lost_log = options.live;
        if (options.again) options.reendorse.second_key = issuer::SecondKey::allow;
        return issuer::reendorse(options.reendorse, folder);
    }
    if (app.got_subcommand("rotate")) {
        if (options.again) options.rotate.second = issuer::SecondSuccessor::allow;
        return issuer::rotate(options.rotate, folder);
    }
    if (options.not_in_record) options.revoke.record_check = issuer::RecordCheck::ignore;
    return issuer::revoke(options.revoke, folder);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app(
        "The vendor's side of Activation Ledger: makes keys, certificates, licences, revocations and "
        "re-endorsements.",
        program_name);
    app.set_version_flag("--version", std::string(program_name) + " " + ACTLEDGER_VERSION);
    app.footer(examples);
    app.require_subcommand(1);
    app.add_option("--folder", options.folder, "The vendor's keys and record")->capture_default_str();
    app.add_option("--passphrase-file", options.passphrase_file, "First line: the keys' passphrase [asked for]");
    app.add_option("--lang", options.language, "en or zh [from LC_ALL, LC_MESSAGES, LANG]")
        ->check(CLI::IsMember({"en", "zh"}));
    app.fallthrough();
    add_root(app, options);
    add_certificate(app, options);
    add_issue(app, options);
    add_revoke(app, options);
    add_reendorse(app, options);
    add_rotate(app, options);
    add_show(app, options);
    if (const auto end = terminal::parse_command_line(app, program_name, argc, argv)) return *end;
    const ledger::Language language = terminal::choose_language(options.language);
    const auto done = run(app, options, language);
    return done ? 0 : terminal::report(program_name, done.error(), language);
}
