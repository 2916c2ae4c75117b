#pragma once
// tools/terminal/terminal.hpp: how all command lines speak: language, errors with remedy, exit codes, prompts and
// progress. Knows only ledger/core.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "ledger/core/result.hpp"

namespace terminal {

/// What a program of ours ends with. docs/manual/en/exit-codes.md.
enum class Exit : int {
    success = 0,
    failure = 1,       ///< Anything not named below.
    usage = 2,         ///< The command line itself is wrong.
    bad_input = 3,     ///< A file or value is not well formed.
    not_verified = 4,  ///< Well formed, and a signature, proof or rule does not hold.
    refused = 5,       ///< Well formed and genuine, and not for here or now.
    not_found = 6,
    unavailable = 7,  ///< HSM, server or another process: trying again later may help.
    storage = 8,      ///< Disk full, damaged or failed.
    cancelled = 9,    ///< The person said no.

    // What an audit finds (`actledger verify`); of several kinds, the first of these.
    audit_history = 20,      ///< Events or their tree: edited, removed, swapped, inserted.
    audit_head = 21,         ///< A signed head.
    audit_certificate = 22,  ///< Root, server certificate, server id.
    audit_license = 23,      ///< A licence or revocation.
    audit_annex = 24,        ///< A value that stands apart.
    audit_rule = 25,         ///< Quota, one seat a device, time.
    lease_over = 26,         ///< A genuine activation file whose lease and grace have ended.
    audit_statement = 27,    ///< A statement of seats: not the one that was signed, or not what the events say.
    audit_copy = 28,         ///< A copy that lacks whole files at its end; what it has is good.
};

/// The one table from stable codes to exit codes.
[[nodiscard]] Exit exit_of(std::string_view stable_code);
[[nodiscard]] inline Exit exit_of(const ledger::Error& error) { return exit_of(error.stable_code()); }

/// `override_tag` is --lang ("zh", "en" or empty); else LC_ALL, LC_MESSAGES, LANG in this order; else English.
[[nodiscard]] ledger::Language choose_language(std::string_view override_tag);

/// One sentence and one remedy on standard error:
///   actledger: the sentence (license-expired)
///     the remedy
/// @return the exit code to end with.
int report(std::string_view program, const ledger::Error& error, ledger::Language language);
/// What report() writes, for those who must have it ready.
[[nodiscard]] std::string report_text(std::string_view program, const ledger::Error& error, ledger::Language language);

/// A line on standard output in the reader's language.
void say(ledger::Language language, std::string_view english, std::string_view chinese);

/// Asks on the controlling terminal, without echo. Failure without a terminal. The caller wipes the result.
[[nodiscard]] ledger::Result<std::string> prompt_secret(std::string_view question);

/// Asks the person to type `expected`. False for anything else, and where there is no terminal.
[[nodiscard]] bool confirm_typed(std::string_view question, std::string_view expected);

/// A bar on a terminal; a line every few seconds elsewhere; nothing for work under half a second.
class Progress {
 public:
    /// @param total  0: unknown, a count is shown.
    Progress(std::string title, std::uint64_t total);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    void advance_to(std::uint64_t done);  ///< Cheap: looks at the clock every 1,024th call or so.

 private:
    void draw(bool last);
    std::string title_;
    std::uint64_t total_;
    std::uint64_t done_ = 0;
    std::uint64_t next_look_ = 0;
    std::int64_t started_ms_;
    std::int64_t drawn_ms_ = 0;
    bool on_terminal_;
    bool drawn_ = false;
};

}  // namespace terminal
