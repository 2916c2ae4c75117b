#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temporary_folder.hpp"

namespace {

namespace json = boost::json;

struct Run {
    int status = -1;
    std::string output;
};

Run run_short_benchmark(const std::string& folder) {
    const std::string command = ACTLEDGER_BIN_DIR "/actledger-bench --short --json --folder '" + folder + "' 2>&1 >'" +
                                folder + "/report.json'";
    Run run;
    std::FILE* errors = ::popen(command.c_str(), "r");
    REQUIRE(errors != nullptr);
    for (int c = 0; (c = std::fgetc(errors)) != EOF;) run.output += static_cast<char>(c);
    run.status = ::pclose(errors);
    return run;
}

std::vector<pid_t> children_of(pid_t id) {
    const std::string process = "/proc/" + std::to_string(id) + "/task/" + std::to_string(id) + "/children";
    std::ifstream list(process);
    std::vector<pid_t> children;
    for (pid_t child = 0; list >> child;) children.push_back(child);
    return children;
}

std::string program_of(pid_t id) {
    std::string name;
    std::ifstream("/proc/" + std::to_string(id) + "/comm") >> name;
    return name;
}

bool has_ended(pid_t id) {
    std::ifstream file("/proc/" + std::to_string(id) + "/stat");
    const std::string stat((std::istreambuf_iterator<char>(file)), {});
    const auto name_end = stat.rfind(')');
    return name_end == stat.npos || stat.at(name_end + 2) == 'Z';
}

template <class Condition>
bool within_a_minute(Condition condition) {
    for (int i = 0; i < 6'000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

}  // namespace

TEST_CASE("bench: its servers end with it, also when it is killed") {
    const support::TemporaryFolder folder;
    const std::string place = folder.path().string();
    const pid_t bench = ::fork();
    if (bench == 0) {
        const int nowhere = ::open("/dev/null", O_RDWR);
        for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, fd);
        ::execl(ACTLEDGER_BIN_DIR "/actledger-bench", "actledger-bench", "--short", "--folder", place.c_str(), nullptr);
        ::_exit(127);
    }
    std::vector<pid_t> started;
    const bool serving = within_a_minute([&] {
        started = children_of(bench);
        return std::ranges::any_of(started, [](pid_t id) { return program_of(id) == "actledgerd"; });
    });
    ::kill(bench, SIGKILL);
    ::waitpid(bench, nullptr, 0);
    REQUIRE(serving);
    for (const pid_t id : started) {
        CAPTURE(id);
        const bool ended = within_a_minute([&] { return has_ended(id); });
        CHECK(ended);
        if (!ended) ::kill(id, SIGKILL);
    }
}

// Whether a target is met says nothing here: sizes are tiny, and machines differ.
TEST_CASE("bench: a short run activates on real parts, and every request succeeds") {
    const support::TemporaryFolder folder;
    const Run run = run_short_benchmark(folder.path().string());
    INFO(run.output);
    REQUIRE(run.status == 0);
    const auto report = json::parse(folder.read("report.json"));
    std::set<std::string> names;
    for (const auto& figure : report.at("figures").as_array()) {
        names.insert(std::string(figure.at("name").as_string()));
        CAPTURE(names);
        if (figure.at("name") != "memory") CHECK(figure.at("value").to_number<double>() > 0);
        if (figure.as_object().contains("yardstick")) CHECK(figure.at("yardstick").to_number<double>() > 0);
    }
    CHECK(names == std::set<std::string>{"plain_http", "tls", "latency", "slow_card", "start_up", "memory", "verify",
                                         "start_up_snapshot", "replay", "read_models", "export", "restore",
                                         "mirror_cost", "mirror_lag"});
    // Nothing is left behind but the report.
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}
