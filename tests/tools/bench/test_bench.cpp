#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>

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

}  // namespace

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
                                         "start_up_snapshot", "replay", "read_models"});
    // Nothing is left behind but the report.
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}
