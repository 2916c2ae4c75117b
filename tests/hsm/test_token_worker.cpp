#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "hsm/connection.hpp"
#include "hsm/errc.hpp"
#include "hsm/module/pkcs11_module.hpp"
#include "hsm/worker_process.hpp"
#include "tests/hsm/open_token.hpp"

using support::TokenFixture;
using support::TokenKind;

namespace {

std::string proc_file(int pid, const char* name) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool exists(int pid) {
    const std::string status = proc_file(pid, "status");
    return !status.empty() && status.find("State:\tZ") == status.npos;
}

}  // namespace

TEST_CASE("worker: the PIN is in neither its arguments nor its environment, and it leaves no core", "[hsm][token]") {
    const TokenFixture fixture(TokenKind::softhsm);
    (void)fixture.initialise();
    const auto token = open_token(fixture.options());
    const int pid = token->worker_pid();
    CHECK(proc_file(pid, "cmdline") == std::string("actledger-hsm-worker\0", 21));
    CHECK(proc_file(pid, "environ").find(support::user_pin) == std::string::npos);
    const std::string limits = proc_file(pid, "limits");
    const auto core = limits.find("Max core file size");
    REQUIRE(core != limits.npos);
    CHECK(limits.substr(core + 26, 3).find('0') != std::string::npos);
    CHECK(proc_file(pid, "status").find("NoNewPrivs:\t1") != std::string::npos);
}

TEST_CASE("worker: it has no file of the program's open but the socket", "[hsm][token]") {
    const TokenFixture fixture(TokenKind::softhsm);
    (void)fixture.initialise();
    fixture.folder().write("secret", std::string_view("x"));
    const int ours = ::open((fixture.folder().path() / "secret").c_str(), O_RDONLY);  // without O_CLOEXEC
    REQUIRE(ours >= 0);
    const auto token = open_token(fixture.options());
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(token->worker_pid()) + "/fd")) {
        std::error_code gone;
        CHECK(std::filesystem::read_symlink(entry.path(), gone).filename() != "secret");
    }
    ::close(ours);
}

TEST_CASE("worker: signals for the whole group do not end it, the end of the program does", "[hsm][token]") {
    const TokenFixture fixture(TokenKind::softhsm);
    (void)fixture.initialise();
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const pid_t program = ::fork();
    REQUIRE(program >= 0);
    if (program == 0) {  // stands for the server; killed below
        const auto token = hsm::Token::open(fixture.options());
        const int pid = token ? (*token)->worker_pid() : -1;
        if (::write(pipe_ends[1], &pid, sizeof pid) != sizeof pid) ::_exit(1);
        for (;;) ::pause();
    }
    int worker = 0;
    REQUIRE(::read(pipe_ends[0], &worker, sizeof worker) == sizeof worker);
    REQUIRE(worker > 0);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) ::kill(worker, number);
    std::this_thread::sleep_for(50ms);
    CHECK(exists(worker));
    ::kill(program, SIGKILL);
    ::waitpid(program, nullptr, 0);
    eventually([&] { return !exists(worker); }, 2s);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
}

TEST_CASE("worker: run by hand it says so and ends", "[hsm][token]") {
    support::ChildProcess child({std::string(ACTLEDGER_BIN_DIR) + "/actledger-hsm-worker"}, {});
    CHECK(child.wait() == 64);
}

TEST_CASE("worker: what it is asked out of turn is an error, not its end", "[hsm][token]") {
    const TokenFixture fixture(TokenKind::softhsm);
    (void)fixture.initialise();
    const auto connection = hsm::Connection::start(fixture.options()).value();
    CHECK_FALSE(connection->tokens());
    CHECK_FALSE(connection->sign({}));
    CHECK_FALSE(connection->random(8));
    REQUIRE(connection->load());
    CHECK_FALSE(connection->load());
    CHECK_FALSE(connection->sign({}));
    const auto tokens = connection->tokens();
    REQUIRE(tokens);
    REQUIRE(connection->open_session(tokens->front().slot));
    CHECK_FALSE(connection->sign({}));  // no key was found
    CHECK_FALSE(connection->create_object(std::string(65, 'x'), {}));
    CHECK(connection->random(8));
    CHECK_FALSE(connection->initialise_token(tokens->front().slot, "x", hsm::Pin("12345678")));  // never erased
    CHECK(connection->tokens()->front().label == "activation-ledger");
}

TEST_CASE("worker: a program that is no worker is found out", "[hsm][token]") {
    const TokenFixture fixture(TokenKind::softhsm);
    auto options = fixture.options();
    options.worker_program = "/bin/true";
    const auto connection = hsm::Connection::start(options).value();
    const auto loaded = connection->load();
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == hsm::errc::worker_died);
}

// Not run by default: measures. `test_hsm_tokens "[latency]"`
TEST_CASE("worker: what the way through the child costs", "[.][latency]") {
    constexpr int samples = 4'000;
    const TokenFixture fixture(TokenKind::softhsm);
    (void)fixture.initialise();
    const auto options = fixture.options();
    for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
    const hsm::module::Module module(options.module.string());
    hsm::module::Session session(module, module.slots().front().id);
    session.login(CKU_USER, ledger::as_bytes(support::user_pin));
    REQUIRE(session.find_key("actledger-1").public_keys == 1);
    const auto connection = hsm::Connection::start(options).value();
    REQUIRE(connection->load());
    REQUIRE(connection->open_session(connection->tokens()->front().slot));
    REQUIRE(connection->login(hsm::Pin(support::user_pin)));
    REQUIRE(connection->find_key("actledger-1"));
    const auto token = open_token(options);

    const ledger::Digest digest = ledger::default_suite().hash(message("x"));
    std::array<std::vector<double>, 3> taken;
    const auto measure = [](std::vector<double>& into, const auto& act) {
        const auto begin = std::chrono::steady_clock::now();
        act();
        into.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
    };
    for (int i = 0; i < samples; ++i) {  // in turns, so that all see the same machine
        measure(taken[0], [&] { (void)session.sign(digest.view()); });
        measure(taken[1], [&] { (void)connection->sign(digest); });
        measure(taken[2], [&] { (void)token->sign(message("x")); });
    }
    for (auto& values : taken) std::ranges::sort(values);
    const auto at = [&](int which, double share) { return taken[which][static_cast<std::size_t>(share * samples)]; };
    std::cout << "us, median / p99:  C_Sign here " << at(0, .5) << " / " << at(0, .99) << ",  in the child "
              << at(1, .5) << " / " << at(1, .99) << ",  in the child and verified " << at(2, .5) << " / " << at(2, .99)
              << '\n';
    CHECK(at(1, .5) - at(0, .5) < 200);
}
