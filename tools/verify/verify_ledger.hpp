#pragma once
// tools/verify/verify_ledger.hpp: the audit of the folder of a ledger, an export or a mirror, with nothing but the
// vendor's root. Reads only, also beside a server that runs: it judges the ledger as it was at the newest head when it
// began. How it is done and what it costs: docs/adr/0018-verification.md.

#include <filesystem>
#include <functional>

#include "ledger/core/incarnation.hpp"
#include "tools/verify/chunk.hpp"

namespace verify {

/// Something outside the ledger that knows a head of it: a checkpoint or an activation file that somebody kept.
struct Witness {
    std::string name;  ///< For people: the file's.
    std::string text;
};

struct LedgerAudit {
    std::filesystem::path folder;
    ledger::Certificate root;
    HeadSignatures signatures = HeadSignatures::last;
    std::vector<Witness> witnesses;
    unsigned threads = 1;                                                   ///< 1 or more.
    std::size_t findings_max = 100;                                         ///< Kept; all are counted.
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;  ///< In events; one thread at a time.
};

struct LedgerReport {
    std::string origin;          ///< Of event 0; empty if that cannot be read.
    std::string present_origin;  ///< Under which it goes on: another one after a loss, or under another key.
    std::string server_id;
    std::string suite;
    std::uint64_t size = 0;  ///< Events judged: those that the newest good head covers.
    std::string root_hash;   ///< Base64, of that head; empty if there is none.
    std::uint64_t heads = 0;
    HeadSignatures signatures = HeadSignatures::last;
    std::optional<ledger::Timestamp> first_time;
    std::optional<ledger::Timestamp> last_time;
    std::uint64_t licenses = 0;
    std::uint64_t seats = 0;             ///< Held at the end.
    std::uint64_t activations = 0;       ///< SeatActivated events.
    std::uint64_t erased = 0;            ///< Annex values taken away by events.
    std::uint64_t stated_size = 0;       ///< Of an export's file `checkpoint`; beyond `size` when a copy ends early.
    bool annex_held = true;              ///< False: an export without personal data.
    std::uint64_t witnesses = 0;         ///< That agreed.
    std::uint64_t witnesses_closed = 0;  ///< Of an incarnation that was closed before what they know of.
    std::vector<ledger::Incarnation> incarnations;  ///< Opened since the first.
    std::uint64_t kept = 0;                         ///< Seats kept for desktops of the previous product.
    std::uint64_t unclaimed = 0;                    ///< Seats that count as given, and that nobody is known to hold.
    std::uint64_t provisional = 0;                  ///< Seats that are lent on unclaimed ones.
    std::uint64_t unconfirmed = 0;                  ///< Adopted ones that their devices have not renewed since.
    /// From here on rules were not judged, because this event could not be read.
    std::optional<std::uint64_t> rules_stopped_at;
    FindingList findings{0};
};

/// @return why the ledger could not be read at all (LogScan), or a file of an export; whatever is wrong with it is in
/// the report.
[[nodiscard]] ledger::Result<LedgerReport> verify_ledger(const LedgerAudit& audit);

}  // namespace verify
