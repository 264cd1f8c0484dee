# Expected values of design-based statistics from R survey, on our own synthetic answers.
# Writes design_based.json: inputs, expected values, versions. Run: see design_based_inputs.py.
suppressMessages({library(survey); library(jsonlite)})
options(survey.lonely.psu = "certainty")
people <- read.csv("design_based_people.csv")
later <- read.csv("design_based_later.csv")
clusters <- read.csv("design_based_clusters.csv")
people$wt <- people$nh / ave(people$nh, people$h, FUN = length)
later$wt <- later$nh / ave(later$nh, later$h, FUN = length)

plain <- function(x) unname(as.vector(x))
result <- function(x) list(estimate = plain(coef(x)), vcov = unname(as.matrix(vcov(x))))
expected <- list()

fpc <- svydesign(~1, strata = ~h, fpc = ~nh, weights = ~wt, data = people)
nofpc <- svydesign(~1, strata = ~h, weights = ~wt, data = people)
m <- svymean(~score + mark + yes, fpc)
expected$stratified_fpc <- result(m)
expected$stratified_no_fpc <- result(svymean(~score + mark + yes, nofpc))
contrasted <- svycontrast(m, c(score = 1 / 6, mark = -1))
expected$contrast <- list(estimate = plain(coef(contrasted)), se = plain(SE(contrasted)))
expected$total <- result(svytotal(~score + mark, fpc))

for (method in c("logit", "beta")) {
  p <- svyciprop(~yes, fpc, method = method)
  expected[[paste0("proportion_", method)]] <-
    list(estimate = plain(p), se = plain(SE(p)), ci = plain(attr(p, "ci")), df = degf(fpc))
}

domains <- svyby(~score + mark, ~g, fpc, svymean, covmat = TRUE)
# svyby orders by variable, then domain
expected$domains <- list(estimate = plain(coef(domains)), vcov = unname(as.matrix(vcov(domains))))
within <- svyttest(score ~ I(g == 1), subset(fpc, g < 2))
expected$within_difference <-
  list(estimate = plain(within$estimate), t = plain(within$statistic))

people$year <- 0
later$year <- 1
both <- rbind(people, later)
both$stack <- paste(both$year, both$h)
stacked <- svydesign(~1, strata = ~stack, fpc = ~nh, weights = ~wt, data = both)
test <- svyttest(score ~ year, stacked)
expected$independent_stratified <- list(estimate = plain(test$estimate),
  t = plain(test$statistic), p = plain(test$p.value), df = plain(test$parameter),
  ci = plain(test$conf.int))
welch <- t.test(later$score, people$score)
expected$independent_welch <- list(estimate = plain(-diff(welch$estimate)),
  se = welch$stderr, t = plain(welch$statistic), p = welch$p.value, df = plain(welch$parameter),
  ci = plain(welch$conf.int))

sex <- data.frame(sex = 0:1, Freq = c(300, 243))
age <- data.frame(age = 0:2, Freq = c(150, 250, 143))
joint <- expand.grid(sex = 0:1, age = 0:2)
joint$Freq <- c(80, 70, 130, 120, 90, 53)
people$size <- 543
srs <- svydesign(~1, fpc = ~size, data = people)
expected$post_marginal <- result(svymean(~score + mark, postStratify(srs, ~sex, sex)))
expected$post_joint <- result(svymean(~score + mark, postStratify(srs, ~sex + age, joint)))
expected$post_domain <- result(svymean(~score + mark,
  subset(postStratify(srs, ~sex, sex), g == 1)))
expected$post_stratified_design <-
  result(svymean(~score + mark, postStratify(fpc, ~sex, sex)))
raked <- rake(fpc, list(~sex, ~age), list(sex, age),
              control = list(maxit = 1000, epsilon = 1e-14))
expected$raked <- c(result(svymean(~score + mark, raked)), list(weights = plain(weights(raked))))
expected$raked_domain <- result(svymean(~score + mark, subset(raked, g == 1)))

one <- subset(clusters, stratum == 1)
one$w <- 30 / length(unique(one$psu))
d1 <- svydesign(~psu, fpc = ~m, weights = ~w, data = one)
expected$cluster_one_stage <- result(svymean(~y, d1))
expected$cluster_no_fpc <- result(svymean(~y, svydesign(~psu, weights = ~w, data = one)))
expected$cluster_total <- result(svytotal(~y, d1))
d2 <- svydesign(~psu + id, fpc = ~m + np, data = one)
expected$cluster_two_stage <- c(result(svymean(~y, d2)), list(weights = plain(weights(d2))))
clusters$w <- clusters$m / ave(clusters$psu, clusters$stratum, FUN = function(p) length(unique(p)))
ds <- svydesign(~psu, strata = ~stratum, fpc = ~m, weights = ~w, data = clusters)
expected$cluster_stratified <- result(svymean(~y, ds))
expected$cluster_stratified_total <- result(svytotal(~y, ds))
sexes <- data.frame(sex = 0:1, Freq = c(120, 130))
expected$cluster_post <- result(svymean(~y, postStratify(ds, ~sex, sexes)))
clusters$n <- ave(clusters$psu, clusters$psu, FUN = length)
ds2 <- svydesign(~psu + id, strata = ~stratum, fpc = ~m + np, data = clusters, nest = TRUE)
expected$cluster_stratified_two_stage <- result(svymean(~y, ds2))

alone <- rbind(subset(people, h <= 3), subset(people, h == 4)[1, ])
alone$wt <- alone$nh / ave(alone$nh, alone$h, FUN = length)
for (option in c("certainty", "adjust", "average", "remove")) {
  options(survey.lonely.psu = option)
  d <- svydesign(~1, strata = ~h, fpc = ~nh, weights = ~wt, data = alone)
  d0 <- svydesign(~1, strata = ~h, weights = ~wt, data = alone)
  expected[[paste0("lonely_", option)]] <- result(svymean(~score + mark, d))
  expected[[paste0("lonely_", option, "_no_fpc")]] <- result(svymean(~score + mark, d0))
}
options(survey.lonely.psu = "certainty")

expected$item_non_response <- result(svymean(~y3, fpc, na.rm = TRUE))

# values of three items, person mean if two or more answered; total = plain mean of two values
value <- function(items) {
  answered <- rowSums(!is.na(people[items]))
  ifelse(answered >= 2, rowMeans(people[items], na.rm = TRUE), NA)
}
people$v1 <- value(c("y1", "y2", "y3"))
people$v2 <- value(c("y4", "y5", "y6"))
for (v in c("v1", "v2")) {
  people[[paste0(v, "r")]] <- as.numeric(!is.na(people[[v]]))
  people[[paste0(v, "z")]] <- ifelse(is.na(people[[v]]), 0, people[[v]])
}
with_correction <- svydesign(~1, strata = ~h, fpc = ~nh, weights = ~wt, data = people)
without <- svydesign(~1, strata = ~h, weights = ~wt, data = people)
both_values <- function(design) {
  ratios <- svyratio(~v1z + v2z, ~v1r + v2r, design, covmat = TRUE)
  vc <- unname(as.matrix(vcov(ratios)))[c(1, 4), c(1, 4)]
  theta <- plain(coef(ratios))[c(1, 4)]
  list(value = theta, vcov = vc, total = mean(theta), total_se = sqrt(sum(vc) / 4))
}
item <- function(design, name) {
  estimate <- svymean(as.formula(paste0("~", name)), design, na.rm = TRUE)
  list(estimate = plain(estimate), se = plain(SE(estimate)))
}
keep <- list(unit1 = quote(unit == 1), unit2 = quote(unit == 2), unit3 = quote(unit == 3),
             unit4 = quote(unit == 4), parent = quote(unit %in% c(2, 4)),
             agency = quote(unit > 0))
for (name in names(keep)) {
  inside <- eval(keep[[name]], people)
  d <- with_correction[inside, ]
  level <- svymean(~factor(y5, levels = 1:5), d, na.rm = TRUE)
  expected[[paste0("domain_", name)]] <- list(fpc = both_values(d),
    no_fpc = both_values(without[inside, ]), item = item(d, "y5"), shares = plain(level),
    df = degf(d[!is.na(d$variables$v1), ]))
}

write_json(list(
  versions = list(R = R.version.string, survey = as.character(packageVersion("survey")),
                  jsonlite = as.character(packageVersion("jsonlite"))),
  inputs = list(people = read.csv("design_based_people.csv"),
                later = read.csv("design_based_later.csv"),
                clusters = read.csv("design_based_clusters.csv")),
  expected = expected), "design_based.json", digits = NA, dataframe = "columns", na = "null")
