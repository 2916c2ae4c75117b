#include "api/witness.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <optional>

#include "api/errc.hpp"
#include "api/log.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/store_write/file_system.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;
namespace fs = std::filesystem;

constexpr std::uintmax_t note_bytes_max = 64 * 1024;

constexpr std::string_view note_ending = ".note";
constexpr std::string_view chain_ending = ".pem";

/// Whole and durable, or not there. @return false if it could not be made durable
bool store(const fs::path& path, std::string_view content) {
    std::error_code error;
    const fs::path folder = path.parent_path();
    if (fs::create_directories(folder, error) && !ledger::sync_folder(folder.parent_path())) return false;
    if (fs::exists(path, error)) return true;
    const fs::path unfinished = path.native() + ".new";
    const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return false;
    const bool written =
        ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) && ::fsync(file) == 0;
    if (::close(file) != 0 || !written) return false;
    fs::rename(unfinished, path, error);
    return !error && ledger::sync_folder(folder).has_value();
}

std::string read_file(const fs::path& path) {
    std::error_code error;
    if (fs::file_size(path, error) > note_bytes_max || error) return {};
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The certificates that were kept beside a note; none if none were, or if they are damaged: then the note proves
/// nothing.
std::vector<ledger::Bytes> read_chain(fs::path note) {
    auto chain = ledger::read_chain_pem(read_file(note.replace_extension(chain_ending)));
    return chain ? *std::move(chain) : std::vector<ledger::Bytes>();
}

enum class ChainKept : bool { no, yes };

std::size_t count_notes(const fs::path& folder, ChainKept wanted) {
    std::error_code error;
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        fs::path path = entry.path();
        if (path.extension() != note_ending) continue;
        const bool has_chain = fs::exists(path.replace_extension(chain_ending), error);
        if (has_chain == (wanted == ChainKept::yes)) ++count;
    }
    return count;
}

}  // namespace

Witness::Witness(Parts parts) : parts_(std::move(parts)) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(parts_.evidence_folder, error)) {
        if (!entry.is_regular_file(error) || entry.path().extension() != note_ending) continue;
        // Judged anew: what was restored since may know it.
        if (const auto known = check(read_file(entry.path()), read_chain(entry.path()));
            !known && known.error().code != errc::checkpoint_unknown) {
            const bool has_chain = fs::exists(fs::path(entry.path()).replace_extension(chain_ending), error);
            if (has_chain && known.error().code == ledger::errc::unknown_key) ++dismissed_;
            log(LogLevel::warning, "evidence-dismissed",
                {{"file", entry.path().filename().string()}, {"code", known.error().stable_code()}});
        }
    }
}

Result<KnownCheckpoint> Witness::check(std::string_view note, std::span<const ledger::Bytes> certificates) {
    ACTLEDGER_TRY(const ledger::SignedCheckpoint checkpoint, ledger::SignedCheckpoint::parse(note));
    const ledger::Origin& origin = checkpoint.checkpoint.origin;
    if (origin.server_id != parts_.origin.server_id) return Error{ledger::errc::wrong_origin};
    const auto signer =
        ledger::verify_shown_head(parts_.suite, checkpoint, parts_.keys, certificates, parts_.root, parts_.retired);
    if (!signer) {
        // It may have been set back to before a hand-over; without certificates anybody can say so.
        if (signer.error().code == ledger::errc::unknown_key && origin.incarnation > parts_.origin.incarnation) {
            log(LogLevel::warning, "head-of-unknown-key",
                {{"origin", origin.text()}, {"size", checkpoint.checkpoint.head.size.value}});
        }
        return signer.error();
    }
    auto known = judge(checkpoint);
    const bool is_evidence = !known && known.error().code == errc::checkpoint_unknown;
    if (is_evidence && signer->retired) {
        log(LogLevel::warning, "head-of-retired-key",
            {{"origin", origin.text()}, {"size", checkpoint.checkpoint.head.size.value}});
        return Error{ledger::errc::unknown_key, "a key that was given up, or whose certificate is revoked"};
    }
    if (is_evidence) {
        raise(checkpoint, note, signer->later_key ? certificates : std::span<const ledger::Bytes>());
    }
    return known;
}

Result<KnownCheckpoint> Witness::judge(const ledger::SignedCheckpoint& checkpoint) const {
    const ledger::TreeHead& head = checkpoint.checkpoint.head;
    ACTLEDGER_TRY(const ledger::TreeSize size, parts_.log.size());
    const auto unknown = [&] {
        return Error{errc::checkpoint_unknown,
                     {},
                     {{"size", std::to_string(head.size.value)}, {"server_size", std::to_string(size.value)}}};
    };
    if (head.size <= size) {
        ACTLEDGER_TRY(const auto frontier, ledger::Frontier::load(parts_.suite, head.size, parts_.log));
        if (frontier.head() == head) return KnownCheckpoint{head.size, std::nullopt};
    }
    if (parts_.incarnations.must_have(checkpoint.checkpoint)) return unknown();
    const std::uint32_t number = checkpoint.checkpoint.origin.incarnation;
    const ledger::Incarnation* const end = parts_.incarnations.end_of(number);
    ACTLEDGER_ASSERT(end != nullptr);  // else the log must have it
    const auto opening = static_cast<std::size_t>(end - parts_.incarnations.opened().data());
    return KnownCheckpoint{end->kept(), ClosedCheckpoint{number, head.size, opening}};
}

/// The certificates first: a note is never there without them.
bool Witness::keep(const fs::path& path, std::string_view note, std::span<const ledger::Bytes> certificates) const {
    const auto sort = certificates.empty() ? ChainKept::no : ChainKept::yes;
    const std::size_t most = evidence_files_max + (certificates.empty() ? 0 : dismissed_);
    if (count_notes(parts_.evidence_folder, sort) >= most) return true;
    fs::path beside = path;
    if (!certificates.empty() && !store(beside.replace_extension(chain_ending), ledger::chain_pem(certificates))) {
        return false;
    }
    return store(path, note);
}

void Witness::raise(const ledger::SignedCheckpoint& checkpoint, std::string_view note,
                    std::span<const ledger::Bytes> certificates) {
    const fs::path path =
        parts_.evidence_folder /
        (ledger::hex_encode(parts_.suite.hash(ledger::as_bytes(note)).view()) + std::string(note_ending));
    const std::lock_guard lock(mutex_);
    const bool stored = keep(path, note, certificates);
    if (alarm_) return;
    alarm_ = HistoryAlarm{path, checkpoint.checkpoint.head.size, {parts_.clock.wall_us()}};
    alarmed_.store(true, std::memory_order_release);
    log(LogLevel::error, "history-contradicted",
        {{"evidence", path.filename().string()},
         {"stored", stored ? "yes" : "no"},
         {"size", checkpoint.checkpoint.head.size.value}});
}

std::optional<HistoryAlarm> Witness::alarm() const {
    const std::lock_guard lock(mutex_);
    return alarm_;
}

}  // namespace api
