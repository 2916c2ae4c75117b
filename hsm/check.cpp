#include "hsm/check.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "hsm/driver_witness.hpp"
#include "hsm/errc.hpp"
#include "hsm/kept_token.hpp"
#include "hsm/return_value.hpp"
#include "hsm/session_opening.hpp"
#include "hsm/token_files.hpp"

namespace hsm {
namespace {

using ledger::Error;
using ledger::Result;
using Outcome = CheckStep::Outcome;

constexpr int latency_samples = 20;

/// The steps in their order; each is done once the one before has passed.
class Check {
 public:
    Check(const Options& options, const std::filesystem::path& ledger_folder,
          const std::optional<std::array<std::uint8_t, 32>>& nonce, const KeysByAnchors& keys)
        : options_(options), ledger_folder_(ledger_folder), keys_(keys), rejected_(options.state_folder) {
        ledger::fill_random(report_.nonce);
        if (nonce) report_.nonce = *nonce;
    }

    CheckReport run() {
        report_.module = options_.module_path().string();
        const auto ignored_by_design = run_steps();  // a failed step stands in the report
        if (ignored_by_design) check_files();
        return std::move(report_);
    }

 private:
    Result<void> run_steps();
    Result<void> load();
    Result<void> find_token();
    Result<void> log_in_once();
    Result<std::optional<FoundKey>> find_anchored_key();
    Result<void> find_key();
    Result<void> sign();
    Result<void> measure();
    Result<void> find_anchor();
    void check_files();

    void passed(std::string detail) { report_.steps.push_back({{}, Outcome::passed, std::move(detail), {}}); }
    void warned(std::string detail, std::optional<Error> error = {}) {
        report_.steps.push_back({{}, Outcome::warning, std::move(detail), std::move(error)});
    }

    const Options& options_;
    const std::filesystem::path& ledger_folder_;
    const KeysByAnchors& keys_;
    RejectedPins rejected_;
    CheckReport report_;
    std::shared_ptr<Connection> connection_;
    TokenInfo token_;
};

Result<void> Check::run_steps() {
    struct Step {
        const char* name;
        Result<void> (Check::*act)();
    };
    static constexpr std::array steps{Step{"module", &Check::load},       Step{"token", &Check::find_token},
                                      Step{"pin", &Check::log_in_once},   Step{"key", &Check::find_key},
                                      Step{"signature", &Check::sign},    Step{"latency", &Check::measure},
                                      Step{"anchor", &Check::find_anchor}};
    for (const Step& step : steps) {
        auto done = (this->*step.act)();
        if (!done) report_.steps.push_back({{}, Outcome::failed, done.error().detail, done.error()});
        report_.steps.back().name = step.name;
        if (!done) return done;
    }
    return {};
}

Result<void> Check::load() {
    ACTLEDGER_TRY(connection_, Connection::start(options_));
    ACTLEDGER_TRY(const LibraryInfo library, connection_->load());
    report_.library = library.manufacturer + " " + library.description + " " + library.library_version + ", Cryptoki " +
                      library.cryptoki_version;
    passed(report_.module + ": " + report_.library);
    return {};
}

Result<void> Check::find_token() {
    ACTLEDGER_TRY(const auto tokens, connection_->tokens());
    ACTLEDGER_TRY(token_, choose_token(tokens, options_.uri));
    report_.token_label = token_.label;
    report_.token_model = token_.model;
    report_.token_serial = token_.serial;
    ACTLEDGER_TRY(const auto mechanisms, connection_->mechanisms(token_.slot));
    for (const auto mechanism : mechanisms) report_.mechanisms.push_back(describe_mechanism(mechanism));
    passed(token_.label + ", " + token_.manufacturer + " " + token_.model + ", serial " + token_.serial + ", slot " +
           std::to_string(token_.slot));
    return {};
}

Result<void> Check::log_in_once() {
    ACTLEDGER_CHECK(connection_->open_session(token_.slot));
    ACTLEDGER_CHECK(log_in(*connection_, token_, options_, rejected_, KnownWrongPin::refuse));
    if (token_.pin_final_try) {
        warned("right, but it was refused before: one more wrong PIN would have locked the token");
    } else {
        passed("right (" + options_.pin.describe() + ")");
    }
    return {};
}

/// Nothing: a ledger says which key is meant, or the token has none that its anchors speak for.
Result<std::optional<FoundKey>> Check::find_anchored_key() {
    if (!keys_) return std::optional<FoundKey>();
    ACTLEDGER_TRY(const auto notes, connection_->read_objects(options_.label()));
    for (AnchoredKey& one : keys_(notes)) {
        Options of_key = options_;
        of_key.public_key = std::move(one.key);
        of_key.epoch = one.epoch;
        auto there = hsm::find_key(*connection_, of_key);
        if (there) return std::optional(*std::move(there));
        const std::error_code code = there.error().code;
        if (code != errc::key_not_found && code != errc::wrong_key) return there.error();
    }
    return std::optional<FoundKey>();
}

Result<void> Check::find_key() {
    ACTLEDGER_TRY(const std::optional<FoundKey> by_anchor, find_anchored_key());
    auto key = by_anchor ? Result<FoundKey>(*by_anchor) : hsm::find_key(*connection_, options_);
    if (!key) {
        Error named = key.error();
        named.facts.push_back({"token", token_.label});
        return named;
    }
    const ledger::Suite& suite = *ledger::find_suite(options_.suite);
    passed(key->label + ", P-256, SHA-256 of the public key " +
           ledger::hex_encode(suite.hash(key->public_key.spki()).view()) +
           (by_anchor ? "; no ledger was read, the anchor names this key" : ""));
    report_.public_key = std::move(key->public_key);
    return {};
}

Result<void> Check::sign() {
    ACTLEDGER_TRY(report_.nonce_signature, sign_verified(*connection_, options_.suite, *report_.public_key,
                                                         driver_witness_message(report_.nonce)));
    passed("signed and verified");
    return {};
}

Result<void> Check::measure() {
    ledger::Digest digest;
    for (int i = 0; i < latency_samples; ++i) {
        ledger::fill_random(digest.bytes);
        const auto begin = std::chrono::steady_clock::now();
        ACTLEDGER_CHECK(connection_->sign(digest));
        const auto taken = std::chrono::steady_clock::now() - begin;
        report_.latencies_us.push_back(std::chrono::duration_cast<std::chrono::microseconds>(taken).count());
    }
    auto& latencies = report_.latencies_us;
    std::ranges::sort(latencies);
    passed(std::to_string(latencies.size()) + " signatures: median " + std::to_string(latencies[latencies.size() / 2]) +
           " us, slowest " + std::to_string(latencies.back()) + " us");
    return {};
}

Result<void> Check::find_anchor() {
    ACTLEDGER_TRY(const auto notes, connection_->read_objects(options_.label()));
    report_.anchors_found = notes.size();
    report_.anchor =
        ledger::choose_anchor(*ledger::find_suite(options_.suite), notes, std::span(&*report_.public_key, 1));
    if (!report_.anchor) {
        return Error{errc::anchor_lost,
                     std::to_string(notes.size()) + " data objects, none of them a valid anchor",
                     {{"token", token_.label}, {"key", options_.label()}}};
    }
    passed("of " + report_.anchor->origin.text() + ", number " + std::to_string(report_.anchor->counter) +
           ", tree size " + std::to_string(report_.anchor->head.size.value));
    return {};
}

/// Whether the token goes down with the ledger's disk.
void Check::check_files() {
    report_.token_files = token_files(options_, token_);
    struct stat token_place {};
    struct stat ledger_place {};
    if (report_.token_files && !ledger_folder_.empty() && ::stat(report_.token_files->c_str(), &token_place) == 0 &&
        ::stat(ledger_folder_.c_str(), &ledger_place) == 0) {
        report_.same_disk_as_ledger = token_place.st_dev == ledger_place.st_dev;
    }
    if (!report_.token_files) {
        passed("the token keeps no files on this machine that are known of");
    } else if (report_.same_disk_as_ledger) {
        warned(report_.token_files->string() +
               " is on the ledger's own disk: this token proves nothing about rollback, and "
               "goes down with the disk; configure a second anchor folder elsewhere");
    } else {
        warned(report_.token_files->string() + ": this token is made of files, which can be copied and set back");
    }
    report_.steps.back().name = "files";
    if (!report_.token_files) return;
    if (const auto failure = keep_token_file(*report_.token_files, token_.serial)) {
        warned("no copy of token.object can be kept beside it (" + failure.message() +
               "): a kill or a power cut during a login would cost the token");
        report_.steps.back().name = "copy";
    }
}

}  // namespace

bool CheckReport::passed() const {
    return std::ranges::none_of(steps, [](const CheckStep& step) { return step.outcome == Outcome::failed; });
}

CheckReport check(const Options& options, const std::filesystem::path& ledger_folder,
                  const std::optional<std::array<std::uint8_t, 32>>& nonce, const KeysByAnchors& keys) {
    return Check(options, ledger_folder, nonce, keys).run();
}

Result<void> prove_key(const Options& options) {
    ACTLEDGER_TRY(const auto connection, Connection::start(options));
    RejectedPins rejected(options.state_folder);
    ACTLEDGER_CHECK(open_session(*connection, options, rejected, KnownWrongPin::refuse));
    return {};
}

Result<void> prove_pin(Options options, Pin pin) {
    options.pin = PinSource::typed(std::move(pin));
    ACTLEDGER_TRY(const auto connection, Connection::start(options));
    RejectedPins rejected(options.state_folder);
    ACTLEDGER_CHECK(open_session(*connection, options, rejected, KnownWrongPin::try_again));
    return {};
}

}  // namespace hsm
