#pragma once
// tools/client/state_folder.hpp: what a desktop keeps between runs, in one folder (0755, so that the desktop's user may
// look at the activation; key and pins 0600):
//   device.key         the device key (PKCS#8 PEM, 0600), made before the first request
//   activation.proof   the activation file, verified before it was stored
//   checkpoint         the largest signed tree head seen (this desktop is a witness)
//   checkpoint.pem     the certificates of the key that signed it, for a server that does not know that key any more.
//                      Written before the head: a pair that does not fit is possible after a stop, and says nothing
//   pins.json          which server this desktop belongs to, and when to renew
//   client.toml        settings, if they were given on the command line at the first activation
//   evidence/          signed tree heads that contradict each other; never removed by the client
//   lock               held while a process changes any of them
// Every file is replaced atomically: written to a temporary file, synced, renamed, the folder synced. A process killed
// at any point leaves the old or the new content.

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "ledger/core/checkpoint.hpp"
#include "tools/client/device_key.hpp"

namespace client {

/// Which TLS proof was last accepted from an address: an older one is not accepted again.
struct TlsPin {
    std::uint32_t incarnation = 0;
    std::uint64_t index = 0;
    auto operator<=>(const TlsPin&) const = default;
};

/// What is remembered beside the files. JSON of the client's own.
struct Pins {
    std::string server_id;              ///< Empty: none yet.
    std::map<std::string, TlsPin> tls;  ///< By server address; at most 64.
    ledger::Timestamp renew_after;      ///< 0: not known.
    std::string activation_id;
    bool operator==(const Pins&) const = default;

    [[nodiscard]] std::string text() const;
    /// @return nothing for what text() would not have written: it is only a memory, and starts anew.
    [[nodiscard]] static std::optional<Pins> parse(std::string_view text);
};

/// Held while something is changed. Movable; unlocks when destroyed.
class StateLock {
 public:
    StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    StateLock& operator=(StateLock&&) = delete;
    ~StateLock();

 private:
    friend class StateFolder;
    explicit StateLock(int fd) : fd_(fd) {}
    int fd_;
};

class StateFolder {
 public:
    /// Does not touch the disk.
    explicit StateFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
    /// /var/lib/actledger-client for root; else below $XDG_STATE_HOME or ~/.local/state, unless there is none there and
    /// the machine's own is: a user who asks after the status means that.
    [[nodiscard]] static std::filesystem::path default_folder();

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] std::filesystem::path activation_path() const { return folder_ / "activation.proof"; }
    [[nodiscard]] std::filesystem::path settings_path() const { return folder_ / "client.toml"; }
    [[nodiscard]] std::filesystem::path evidence_path() const { return folder_ / "evidence"; }

    /// Makes the folder if it is missing, and waits up to `patience` for another process to finish.
    /// @return errc::state_unusable, errc::state_busy
    [[nodiscard]] ledger::Result<StateLock> lock(std::chrono::milliseconds patience) const;

    // Reading needs no lock: files are replaced whole.
    /// @return nothing if there is none; errc::key_damaged
    [[nodiscard]] ledger::Result<std::optional<DeviceKey>> device_key() const;
    [[nodiscard]] std::optional<std::string> activation() const;
    [[nodiscard]] std::optional<std::string> checkpoint() const;
    /// DER, as store_checkpoint() was given them, perhaps for another head; empty: there are none that can be read.
    [[nodiscard]] std::vector<ledger::Bytes> checkpoint_certificates() const;
    [[nodiscard]] Pins pins() const;
    [[nodiscard]] bool has_evidence() const;

    // Writing; the caller holds the lock. @return errc::state_unusable
    [[nodiscard]] ledger::Result<void> store_device_key(const DeviceKey& key) const;
    [[nodiscard]] ledger::Result<void> store_activation(std::string_view text) const;
    /// @param certificates  DER, of the key that signed it, leaf first.
    [[nodiscard]] ledger::Result<void> store_checkpoint(std::string_view note,
                                                        std::span<const ledger::Bytes> certificates) const;
    [[nodiscard]] ledger::Result<void> store_pins(const Pins& pins) const;
    [[nodiscard]] ledger::Result<void> store_settings(std::string_view text) const;
    /// After a release: the file goes; key and checkpoint stay.
    [[nodiscard]] ledger::Result<void> remove_activation() const;
    /// Under a name that follows from the content, so that the same finding is kept once.
    /// @return the file's path.
    [[nodiscard]] ledger::Result<std::filesystem::path> keep_evidence(std::string_view text) const;

 private:
    enum class Readers { owner, everybody };
    [[nodiscard]] ledger::Result<void> replace(const std::filesystem::path& file, std::string_view content,
                                               Readers readers) const;
    std::filesystem::path folder_;
};

}  // namespace client
