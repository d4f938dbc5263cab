#include "serve/access.h"

#include <gtest/gtest.h>

namespace retort::serve {
namespace {

/// The status of a refusal, 0 when it passes.
int access_status(const AccessRules& rules, RequestHead head) {
  Request request;
  Pass pass;
  const auto refusal = check_access(rules, head, request, pass);
  return refusal ? refusal->status : 0;
}

RequestHead head_with_fields(std::vector<std::pair<std::string, std::string>> fields, const char* method = "GET") {
  RequestHead head;
  head.method = method;
  head.fields = std::move(fields);
  return head;
}

TEST(Access, TakesOwnNamesAlone) {
  const AccessRules rules{.address = "127.0.0.1", .loopback = true, .token = ""};
  for (const char* own : {"localhost", "LOCALHOST:8000", "127.0.0.1:7373", "[::1]:7373"}) {
    EXPECT_EQ(access_status(rules, head_with_fields({{"host", own}})), 0) << own;
  }
  for (const char* other : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:7373", "10.0.0.1"}) {
    EXPECT_EQ(access_status(rules, head_with_fields({{"host", other}})), 403) << other;
  }
  EXPECT_EQ(access_status(rules, head_with_fields({})), 400);
  EXPECT_EQ(access_status(rules, head_with_fields({{"host", "localhost"}, {"host", "localhost"}})), 400);
}

TEST(Access, TakesPostsOfItsOwnPagesAlone) {
  const AccessRules rules{.address = "127.0.0.1", .loopback = true, .token = ""};
  const auto post_from = [&](const char* origin) {
    return access_status(rules, head_with_fields({{"host", "localhost:1"}, {"origin", origin}}, "POST"));
  };
  EXPECT_EQ(post_from("http://localhost:1"), 0);
  for (const char* other :
       {"null", "", "http://localhost:2", "http://localhost", "http://evil.example", "localhost:1"}) {
    EXPECT_EQ(post_from(other), 403) << other;
  }
}

TEST(Access, ElsewhereTakesAnyNameWithTheToken) {
  const AccessRules rules{.address = "0.0.0.0", .loopback = false, .token = "abc"};
  EXPECT_EQ(access_status(rules, head_with_fields({{"host", "box.lan"}})), 401);
  EXPECT_EQ(access_status(rules, head_with_fields({{"host", "box.lan"}, {"cookie", "retort_token=abc"}})), 0);
  EXPECT_EQ(access_status(rules, head_with_fields({{"host", "box.lan"}, {"cookie", "retort_token="}})), 401);
  // Cookies of servers at other ports come along.
  const char* cookies = "retort_token_1=other; retort_token_2=abc";
  EXPECT_EQ(access_status(rules, head_with_fields({{"host", "box.lan:2"}, {"cookie", cookies}})), 0);
  EXPECT_EQ(access_status(rules, head_with_fields({{"host", "box.lan:1"}, {"cookie", cookies}})), 401);
}

TEST(Access, ComparesWholeTokens) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  for (const char* other : {"", "ab", "abd", "abcabc", "abcd"}) EXPECT_FALSE(equal_in_constant_time(other, "abc"));
}

TEST(Access, MakesTokensThatDiffer) {
  EXPECT_EQ(make_token().size(), 32U);
  EXPECT_NE(make_token(), make_token());
}

}  // namespace
}  // namespace retort::serve
