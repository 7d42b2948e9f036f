#include "ringback/base/function_name.h"

#include <gtest/gtest.h>

#include <string>

namespace ringback::runtime {
namespace {

std::string name_of(std::string_view signature) { return std::string(FunctionName(signature).view()); }

struct Signature {
  const char* clang;
  const char* gcc;
  const char* name;
};

// What clang 19 and g++ 14 say of the same functions.
constexpr Signature kSignatures[] = {
    {"int main()", "int main()", "main"},
    {"Task<std::string> app::order(std::string, int)",
     "ringback::Task<std::__cxx11::basic_string<char> > app::order(std::string, int)", "app::order"},
    {"Task<> app::Client::fetch(const std::string &) const",
     "ringback::Task<> app::Client::fetch(const std::string&) const", "app::Client::fetch"},
    {"app::Client::Client()", "app::Client::Client()", "app::Client::Client"},
    {"app::Client::~Client()", "app::Client::~Client()", "app::Client::~Client"},
    {"static int app::Client::make()", "static int app::Client::make()", "app::Client::make"},
    {"bool app::Client::operator()(int)", "bool app::Client::operator()(int)", "app::Client::operator()"},
    {"bool app::Client::operator bool() const", "app::Client::operator bool() const", "app::Client::operator bool"},
    {"bool app::Client::operator<(const Client &) const", "bool app::Client::operator<(const app::Client&) const",
     "app::Client::operator<"},
    {"Box<T, N> &app::Box<int, 3>::operator<<(int) [T = int, N = 3]",
     "app::Box<T, N>& app::Box<T, N>::operator<<(int) [with T = int; int N = 3]", "app::Box::operator<<"},
    {"std::map<T, U> app::Box<int, 3>::put(U) [T = int, N = 3, U = double]",
     "std::map<T, U> app::Box<T, N>::put(U) [with U = double; T = int; int N = 3]", "app::Box::put"},
    {"Task<> app::(anonymous namespace)::hidden()", "ringback::Task<> app::{anonymous}::hidden()", "app::hidden"},
    {"auto app::twice(T) [T = int]", "auto app::twice(T) requires  sizeof (T) > 1 [with T = int]", "app::twice"},
    {"decltype(auto) app::forward(T &&) [T = int]", "decltype(auto) app::forward(T&&) [with T = int]", "app::forward"},
    {"void (*app::handler(void (*)(int)))(int)", "void (* app::handler(void (*)(int)))(int)", "app::handler"},
    {"void app::local()::Inner::go()", "void app::local()::Inner::go()", "app::local::Inner::go"},
    {"auto app::local()::(anonymous class)::operator()(int) const", "app::local()::<lambda(int)>",
     "app::local::lambda"},
    {"auto app::local()::(anonymous class)::operator()()::(anonymous class)::operator()() const",
     "app::local()::<lambda()>::<lambda()>", "app::local::lambda::lambda"},
};

TEST(FunctionName, is_the_same_for_both_compilers) {
  for (const auto& [clang, gcc, name] : kSignatures) {
    EXPECT_EQ(name_of(clang), name);
    EXPECT_EQ(name_of(gcc), name);
  }
}

TEST(FunctionName, is_what_this_compiler_means) {
  EXPECT_EQ(FunctionName(std::source_location::current()).view().substr(0, 19), "ringback::runtime::");
  const auto place = [] { return std::source_location::current(); }();
  EXPECT_TRUE(FunctionName(place).view().ends_with("::lambda")) << FunctionName(place).view();
}

TEST(FunctionName, leaves_alone_what_has_another_form) {
  for (const char* text : {"", "order", "(", "<", "operator", "a <", "[] (", "::", "<lambda("}) {
    EXPECT_LE(name_of(text).size(), 255U) << text;
  }
  EXPECT_EQ(name_of("order"), "order");
  EXPECT_EQ(name_of("(anything)"), "(anything)");
}

TEST(FunctionName, is_cut_where_it_is_long) {
  EXPECT_EQ(name_of("void " + std::string(1000, 'x') + "()").size(), 250U);
}

}  // namespace
}  // namespace ringback::runtime
