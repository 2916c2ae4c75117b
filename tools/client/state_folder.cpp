#include "tools/client/state_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "ledger/core/certificate_chain.hpp"
#include "ledger/core/suite.hpp"
#include "ledger/core/synced_file.hpp"
#include "tools/client/errc.hpp"
#include "tools/client/small_file.hpp"

namespace client {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t tls_pins_max = 64;
constexpr const char* certificates_file = "checkpoint.pem";

ledger::Error unusable(const fs::path& folder, std::string reason) {
    return {errc::state_unusable, "", {{"folder", folder.string()}, {"reason", std::move(reason)}}};
}
ledger::Error unusable_by_errno(const fs::path& folder) {
    return unusable(folder, std::generic_category().message(errno));
}

class Fd {
 public:
    explicit Fd(int fd) : fd_(fd) {}
    ~Fd() {
        if (fd_ >= 0) ::close(fd_);
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    [[nodiscard]] int get() const { return fd_; }

 private:
    int fd_;
};

/// For unusable_by_errno. @return whether it was none
bool is_good(const std::error_code& outcome) {
    if (outcome) errno = outcome.value();
    return !outcome;
}

}  // namespace

std::string Pins::text() const {
    json::object pins;
    for (const auto& [address, pin] : tls) pins[address] = {{"incarnation", pin.incarnation}, {"index", pin.index}};
    return json::serialize(json::value{{"server_id", server_id},
                                       {"activation_id", activation_id},
                                       {"renew_after_us", renew_after.us},
                                       {"tls", std::move(pins)}}) +
           "\n";
}

std::optional<Pins> Pins::parse(std::string_view text) {
    try {
        const auto value = json::parse(text);
        Pins pins;
        pins.server_id = json::value_to<std::string>(value.at("server_id"));
        pins.activation_id = json::value_to<std::string>(value.at("activation_id"));
        pins.renew_after.us = json::value_to<std::int64_t>(value.at("renew_after_us"));
        for (const auto& [address, pin] : value.at("tls").as_object()) {
            if (pins.tls.size() == tls_pins_max) return std::nullopt;
            pins.tls[address] = {json::value_to<std::uint32_t>(pin.at("incarnation")),
                                 json::value_to<std::uint64_t>(pin.at("index"))};
        }
        return pins;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

StateLock::~StateLock() {
    if (fd_ >= 0) ::close(fd_);
}

fs::path StateFolder::default_folder() {
    fs::path of_machine = "/var/lib/actledger-client";
    if (::geteuid() == 0) return of_machine;
    const char* home = std::getenv("HOME");
    fs::path own = fs::path(home != nullptr ? home : "/") / ".local/state/actledger-client";
    if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
        own = fs::path(state) / "actledger-client";
    }
    std::error_code ignored;
    return !fs::exists(own, ignored) && fs::exists(of_machine, ignored) ? of_machine : own;
}

ledger::Result<StateLock> StateFolder::lock(std::chrono::milliseconds patience) const {
    constexpr std::chrono::milliseconds pause{50};
    std::error_code failed;
    const bool made = fs::create_directories(folder_, failed);
    if (failed) return unusable(folder_, failed.message());
    if (made && ::chmod(folder_.c_str(), S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH) != 0)
        return unusable_by_errno(folder_);
    const int fd = ::open((folder_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (fd < 0) return unusable_by_errno(folder_);
    StateLock held(fd);
    const auto until = std::chrono::steady_clock::now() + patience;
    while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return unusable_by_errno(folder_);
        if (std::chrono::steady_clock::now() >= until) {
            return ledger::Error{errc::state_busy, "", {{"folder", folder_.string()}}};
        }
        std::this_thread::sleep_for(pause);
    }
    return held;
}

ledger::Result<std::optional<DeviceKey>> StateFolder::device_key() const {
    const auto file = folder_ / "device.key";
    const auto pem = read_small_file(file);
    if (!pem) {
        // A key that is there and may not be read is not a key that was lost: making another would change the seat.
        if (errno != ENOENT && errno != ENOTDIR) return unusable_by_errno(folder_);
        return std::optional<DeviceKey>();
    }
    ACTLEDGER_TRY(auto key, DeviceKey::from_pem(*pem, file.string()));
    return std::optional(std::move(key));
}

std::optional<std::string> StateFolder::activation() const { return read_small_file(activation_path()); }
std::optional<std::string> StateFolder::checkpoint() const { return read_small_file(folder_ / "checkpoint"); }

std::vector<ledger::Bytes> StateFolder::checkpoint_certificates() const {
    const auto pem = read_small_file(folder_ / certificates_file);
    if (!pem) return {};
    auto chain = ledger::read_chain_pem(*pem);
    return chain ? *std::move(chain) : std::vector<ledger::Bytes>();
}

Pins StateFolder::pins() const {
    const auto text = read_small_file(folder_ / "pins.json");
    return text ? Pins::parse(*text).value_or(Pins{}) : Pins{};
}

bool StateFolder::has_evidence() const {
    std::error_code absent;
    const bool empty = fs::is_empty(evidence_path(), absent);
    return !absent && !empty;
}

ledger::Result<void> StateFolder::replace(const fs::path& file, std::string_view content, Readers readers) const {
    const mode_t mode = readers == Readers::owner ? S_IRUSR | S_IWUSR : S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
    auto temporary = file;
    temporary += ".new";
    {
        // Left over from a process that was killed: never read, and overwritten here.
        const Fd fd(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
        if (fd.get() < 0 || ::fchmod(fd.get(), mode) != 0 ||
            !is_good(ledger::write_all(fd.get(), ledger::as_bytes(content))) || ::fsync(fd.get()) != 0) {
            return unusable_by_errno(folder_);
        }
    }
    if (::rename(temporary.c_str(), file.c_str()) != 0 || !is_good(ledger::fsync_folder(file.parent_path())))
        return unusable_by_errno(folder_);
    return {};
}

ledger::Result<void> StateFolder::store_device_key(const DeviceKey& key) const {
    return replace(folder_ / "device.key", key.pem(), Readers::owner);
}
ledger::Result<void> StateFolder::store_activation(std::string_view text) const {
    return replace(activation_path(), text, Readers::everybody);
}
ledger::Result<void> StateFolder::store_checkpoint(std::string_view note,
                                                   std::span<const ledger::Bytes> certificates) const {
    const auto file = folder_ / certificates_file;
    const auto pem = ledger::chain_pem(certificates);
    if (read_small_file(file) != pem) ACTLEDGER_CHECK(replace(file, pem, Readers::everybody));
    return replace(folder_ / "checkpoint", note, Readers::everybody);
}
ledger::Result<void> StateFolder::store_pins(const Pins& pins) const {
    return replace(folder_ / "pins.json", pins.text(), Readers::owner);
}
ledger::Result<void> StateFolder::store_settings(std::string_view text) const {
    return replace(settings_path(), text, Readers::everybody);
}

ledger::Result<void> StateFolder::remove_activation() const {
    if (::unlink(activation_path().c_str()) != 0 && errno != ENOENT) return unusable_by_errno(folder_);
    if (!is_good(ledger::fsync_folder(folder_))) return unusable_by_errno(folder_);
    return {};
}

ledger::Result<fs::path> StateFolder::keep_evidence(std::string_view text) const {
    std::error_code failed;
    fs::create_directories(evidence_path(), failed);
    if (failed) return unusable(folder_, failed.message());
    const auto digest = ledger::default_suite().hash(ledger::as_bytes(text));
    auto file = evidence_path() / (ledger::hex_encode(digest.view().first(8)) + ".txt");
    ACTLEDGER_CHECK(replace(file, text, Readers::everybody));
    return file;
}

}  // namespace client
