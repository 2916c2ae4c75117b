#include "api/witness.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "api/errc.hpp"
#include "api/log.hpp"
#include "ledger/core/errc.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;
namespace fs = std::filesystem;

constexpr std::uintmax_t note_bytes_max = 64 * 1024;

/// @return false if it could not be made durable: the alarm stands all the same.
bool store(const fs::path& path, std::string_view note) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return errno == EEXIST;
    const bool written =
        ::write(file, note.data(), note.size()) == static_cast<ssize_t>(note.size()) && ::fsync(file) == 0;
    return ::close(file) == 0 && written;
}

std::size_t count_files(const fs::path& folder) {
    std::error_code error;
    const fs::directory_iterator files(folder, error);
    return error ? 0 : static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace

Witness::Witness(Parts parts) : parts_(std::move(parts)) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(parts_.evidence_folder, error)) {
        if (!entry.is_regular_file(error) || entry.file_size(error) > note_bytes_max) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string note((std::istreambuf_iterator<char>(file)), {});
        // Judged anew: what was restored since may know it.
        if (const auto known = check(note); !known && known.error().code != errc::checkpoint_unknown) {
            log(LogLevel::warning, "evidence-unreadable",
                {{"file", entry.path().filename().string()}, {"code", known.error().stable_code()}});
        }
    }
}

Result<KnownCheckpoint> Witness::check(std::string_view note) {
    ACTLEDGER_TRY(const ledger::SignedCheckpoint checkpoint, ledger::SignedCheckpoint::parse(note));
    const ledger::Origin& origin = checkpoint.checkpoint.origin;
    if (origin.server_id != parts_.origin.server_id) return Error{ledger::errc::wrong_origin};
    ACTLEDGER_CHECK(parts_.keys.verify(parts_.suite, checkpoint.note, origin));
    auto known = judge(checkpoint);
    if (!known && known.error().code == errc::checkpoint_unknown) raise(checkpoint, note);
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

void Witness::raise(const ledger::SignedCheckpoint& checkpoint, std::string_view note) {
    const fs::path path =
        parts_.evidence_folder / (ledger::hex_encode(parts_.suite.hash(ledger::as_bytes(note)).view()) + ".note");
    const std::lock_guard lock(mutex_);
    bool stored = true;
    if (count_files(parts_.evidence_folder) < evidence_files_max) stored = store(path, note);
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
