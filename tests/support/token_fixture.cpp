#include "tests/support/token_fixture.hpp"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace support {
namespace {

using namespace std::chrono_literals;

constexpr const char* softhsm_module = "/usr/lib/softhsm/libsofthsm2.so";
constexpr const char* client_module = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so";
constexpr const char* tpm_module = "/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so";
constexpr std::string_view label = "activation-ledger";

const std::filesystem::path worker_program = std::filesystem::path(ACTLEDGER_BIN_DIR) / "actledger-hsm-worker";

/// A TCP socket on 127.0.0.1, to find free ports with.
class LocalSocket {
 public:
    LocalSocket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    ~LocalSocket() { ::close(fd_); }
    LocalSocket(const LocalSocket&) = delete;
    LocalSocket& operator=(const LocalSocket&) = delete;
    [[nodiscard]] int bind(int port) const {
        sockaddr_in address = at(port);
        socklen_t size = sizeof address;
        if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0) return 0;
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        return ntohs(address.sin_port);
    }
    [[nodiscard]] bool connect(int port) const {
        const sockaddr_in address = at(port);
        return ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }

 private:
    static sockaddr_in at(int port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }
    int fd_;
};

/// The TPM's TCTI wants two neighbouring ports; bound and let go again, so another process may be faster: callers
/// retry.
int two_free_ports() {
    for (;;) {
        const LocalSocket first;
        const LocalSocket second;
        const int port = first.bind(0);
        if (port > 0 && port < 65'535 && second.bind(port + 1) == port + 1) return port;
    }
}

}  // namespace

TokenFixture::TokenFixture(TokenKind kind) : kind_(kind) {
    std::filesystem::create_directory(folder_.path() / "state");
    write_private("pin", std::string(user_pin) + "\n");
    write_private("officer-pin", officer_pin);
    if (kind == TokenKind::tpm) {
        std::filesystem::create_directory(folder_.path() / "store");
        std::filesystem::create_directory(folder_.path() / "tpm");
        start_tpm();
        // A TPM has room for three objects, and this module leaves one behind. On a real machine the kernel's resource
        // manager (/dev/tpmrm0) takes them back with each process; the simulator has none.
        const auto worker = write_private(
            "worker",
            "#!/bin/sh\nfor what in -t -l; do timeout 2 tpm2_flushcontext $what >/dev/null 2>&1 3>&-; done\nexec '" +
                worker_program.string() + "'\n");
        std::filesystem::permissions(worker, std::filesystem::perms::owner_all);
        environment_ = {{"TPM2_PKCS11_STORE", (folder_.path() / "store").string()},
                        {"TPM2_PKCS11_TCTI", "swtpm:host=127.0.0.1,port=" + std::to_string(tpm_port_)},
                        {"TPM2TOOLS_TCTI", "swtpm:host=127.0.0.1,port=" + std::to_string(tpm_port_)},
                        {"TSS2_LOG", "all+none"}};
        return;
    }
    std::filesystem::create_directory(folder_.path() / "tokens");
    const auto configuration = write_private(
        "softhsm2.conf", "directories.tokendir = " + (folder_.path() / "tokens").string() + "\nlog.level = ERROR\n");
    environment_ = {{"SOFTHSM2_CONF", configuration.string()}};
    if (kind == TokenKind::p11_kit_server) {
        environment_.emplace_back("P11_KIT_SERVER_ADDRESS", "unix:path=" + (folder_.path() / "socket").string());
        start_server();
    }
}

TokenFixture::~TokenFixture() = default;

hsm::Options TokenFixture::options() const {
    hsm::Options options;
    options.uri.token = label;
    options.module = kind_ == TokenKind::softhsm ? softhsm_module
                     : kind_ == TokenKind::tpm   ? tpm_module
                                                 : client_module;
    options.pin = hsm::PinSource::file(folder_.path() / "pin");
    options.worker_program = kind_ == TokenKind::tpm ? folder_.path() / "worker" : worker_program;
    options.environment = environment_;
    options.state_folder = folder_.path() / "state";
    options.restart_delay_max = 200ms;
    return options;
}

hsm::Options TokenFixture::options_with_pin(std::string_view pin) const {
    hsm::Options changed = options();
    changed.pin = hsm::PinSource::file(write_private("other-pin", pin));
    return changed;
}

std::filesystem::path TokenFixture::write_private(std::string_view name, std::string_view text) const {
    folder_.write(name, text);
    auto path = folder_.path() / name;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
}

hsm::PinSource TokenFixture::officer() const { return hsm::PinSource::file(folder_.path() / "officer-pin"); }

hsm::Initialised TokenFixture::initialise() const {
    const auto made = hsm::initialise(
        options(), officer(), [](ledger::Signer& signer) { return signer.sign(ledger::as_bytes("first anchor")); });
    return made.value();
}

void TokenFixture::start_server() {
    const auto socket = folder_.path() / "socket";
    std::filesystem::remove(socket);
    process_ = std::make_unique<ChildProcess>(std::vector<std::string>{"p11-kit", "server", "-f", "-n", socket.string(),
                                                                       "--provider", softhsm_module, "pkcs11:"},
                                              environment_);
    for (int i = 0; i < 500 && !std::filesystem::exists(socket); ++i) std::this_thread::sleep_for(10ms);
    if (!std::filesystem::exists(socket)) throw std::runtime_error("p11-kit server does not start");
}

void TokenFixture::start_tpm() {
    for (int attempt = 0; attempt < 10; ++attempt) {
        const int port = tpm_port_ != 0 ? tpm_port_ : two_free_ports();
        process_ = std::make_unique<ChildProcess>(
            std::vector<std::string>{"swtpm", "socket", "--tpm2", "--tpmstate",
                                     "dir=" + (folder_.path() / "tpm").string(), "--server",
                                     "type=tcp,bindaddr=127.0.0.1,port=" + std::to_string(port), "--ctrl",
                                     "type=tcp,bindaddr=127.0.0.1,port=" + std::to_string(port + 1), "--flags",
                                     "not-need-init,startup-clear"},
            Environment{});
        for (int i = 0; i < 200 && process_->running(); ++i) {
            if (LocalSocket().connect(port + 1)) {
                tpm_port_ = port;
                return;
            }
            std::this_thread::sleep_for(10ms);
        }
    }
    throw std::runtime_error("swtpm does not start");
}

void TokenFixture::freeze() { process_->signal(SIGSTOP); }
void TokenFixture::thaw() { process_->signal(SIGCONT); }

void TokenFixture::kill() {
    if (kind_ == TokenKind::softhsm) {
        std::filesystem::rename(folder_.path() / "tokens", folder_.path() / "pulled");
        std::filesystem::create_directory(folder_.path() / "tokens");
    } else {
        process_->kill();
    }
}

void TokenFixture::revive() {
    if (kind_ == TokenKind::softhsm) {
        std::filesystem::remove_all(folder_.path() / "tokens");
        std::filesystem::rename(folder_.path() / "pulled", folder_.path() / "tokens");
    } else if (kind_ == TokenKind::p11_kit_server) {
        start_server();
    } else {
        start_tpm();
    }
}

}  // namespace support
