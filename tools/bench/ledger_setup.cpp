#include "tools/bench/ledger_setup.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "ledger/core/bytes.hpp"
#include "ledger/core/suite.hpp"
#include "tools/bench/errc.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
    ACTLEDGER_ASSERT(out.flush().good());
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
}

std::string secret() {
    std::array<std::uint8_t, 15> bytes{};
    ledger::fill_random(bytes);
    return ledger::base32_encode(bytes);
}

/// A port that was free a moment ago: the server's own log is not parsed for the one it took.
std::uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ACTLEDGER_ASSERT(::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    ACTLEDGER_ASSERT(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    ::close(socket);
    return ntohs(address.sin_port);
}

std::string tail_of(const fs::path& log) {
    std::ifstream file(log);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    constexpr std::size_t shown_max = 2'000;
    return text.size() > shown_max ? text.substr(text.size() - shown_max) : text;
}

std::string config_text(const SetupOptions& options, std::uint16_t plain, std::uint16_t tls) {
    const auto& folder = options.folder;
    const bool slow = options.signature_delay.count() > 0;
    const auto module = slow ? options.programs / "bench_slow_token.so" : fs::path("/usr/lib/softhsm/libsofthsm2.so");
    return "[ledger]\nfolder = \"" + (folder / "ledger").string() + "\"\n\n[hsm]\nmodule = \"" + module.string() +
           "\"\nuri = \"pkcs11:token=bench\"\npin_file = \"" + (folder / "pin").string() +
           "\"\n\n[http]\nlisten = [\"127.0.0.1:" + std::to_string(tls) +
           "\"]\nlisten_plain = [\"127.0.0.1:" + std::to_string(plain) +
           "\"]\nconnections_per_address_max = 4096\n\n[admin]\nsocket = \"" + (folder / "admin.sock").string() +
           "\"\n\n[log]\nfile = \"" + (folder / "actledgerd.log").string() + "\"\nlevel = \"warning\"\n";
}

}  // namespace

Command LedgerSetup::command(const std::string& program, std::initializer_list<std::string> arguments) const {
    Command words{(options_.programs / program).string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
}

/// Children inherit it; there may be several set-ups.
void LedgerSetup::choose_token() const {
    ::setenv("SOFTHSM2_CONF", (options_.folder / "softhsm2.conf").c_str(), 1);
    ::setenv("ACTLEDGER_BENCH_SIGN_DELAY_MS", std::to_string(options_.signature_delay.count()).c_str(), 1);
}

ledger::Result<LedgerSetup> LedgerSetup::make(SetupOptions options) {
    LedgerSetup setup(std::move(options));
    const auto& folder = setup.options_.folder;
    setup.plain_port_ = free_port();
    setup.tls_port_ = free_port();
    fs::create_directories(folder / "tokens");
    fs::create_directories(folder / "vendor");
    write(folder / "softhsm2.conf", "directories.tokendir = " + (folder / "tokens").string() +
                                        "\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n");
    setup.choose_token();
    for (const auto* name : {"passphrase", "pin", "so-pin"}) write(folder / name, secret());
    const auto config = (folder / "actledgerd.toml").string();
    write(config, config_text(setup.options_, setup.plain_port_, setup.tls_port_));

    const auto vendor = (folder / "vendor").string();
    const auto passphrase = (folder / "passphrase").string();
    const auto root = setup.root_certificate().string();
    const auto request = (folder / "server.req").string();
    const auto license = (folder / "bench.lic").string();
    const auto seats = std::to_string(setup.options_.seats);
    const auto issuer = [&](std::initializer_list<std::string> arguments) {
        auto words = setup.command("actledger-issuer", {"--folder", vendor, "--passphrase-file", passphrase});
        words.insert(words.end(), arguments.begin(), arguments.end());
        return run_command(words);
    };
    ACTLEDGER_CHECK(issuer({"root", "--name", "Bench Vendor"}));
    ACTLEDGER_CHECK(issuer({"certificate", "--purpose", "license-issuer"}));
    const auto ours = [&](std::initializer_list<std::string> arguments) {
        auto words = setup.command("actledger", {"--config", config});
        words.insert(words.end(), arguments.begin(), arguments.end());
        return run_command(words);
    };
    ACTLEDGER_CHECK(ours({"hsm", "init", "--root", root, "--so-pin-file", (folder / "so-pin").string()}));
    ACTLEDGER_CHECK(ours({"license", "request", "--product", "vdi-desktop", "--quantity", seats, "--out", request}));
    ACTLEDGER_CHECK(
        issuer({"issue", request, "--product", "vdi-desktop", "--quantity", seats, "--match", "2", "--out", license}));
    ACTLEDGER_CHECK(ours({"license", "import", license}));
    return setup;
}

ledger::Result<RunningServer> LedgerSetup::start_server() const {
    using Clock = std::chrono::steady_clock;
    choose_token();
    const auto config = (options_.folder / "actledgerd.toml").string();
    const auto console = options_.folder / "console.log";
    const auto begun = Clock::now();
    ACTLEDGER_TRY(auto process,
                  Child::start(command("actledgerd", {"--config", config}), console, Child::Output::to_log));
    const auto until = begun + std::chrono::seconds(60);
    // Ready is: the plain port takes a connection. It listens after the log was read and the token answered.
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(plain_port_);
    while (Clock::now() < until && process.running()) {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int connected = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        ::close(socket);
        if (connected == 0) {
            const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
            return RunningServer{std::move(process), plain_port_, tls_port_, seconds};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return ledger::Error{
        errc::not_ready, "", {{"log", tail_of(console) + tail_of(options_.folder / "actledgerd.log")}}};
}

ledger::Result<std::string> LedgerSetup::make_enrolment_key() const {
    ACTLEDGER_TRY(auto key,
                  run_command(command("actledger", {"--config", (options_.folder / "actledgerd.toml").string(),
                                                    "enrolment", "create", "--pool", "bench", "--key-only"})));
    while (!key.empty() && key.back() == '\n') key.pop_back();
    return key;
}

}  // namespace bench
